"""The password rule: 15 to 128 characters, nothing common, none of the words everybody would try; no composition.

Source: NIST SP 800-63B-4 section 3.1.1.2 and product decision "Password rule".
"""

import re

from django.contrib.auth.password_validation import CommonPasswordValidator as DjangosList
from django.core.exceptions import ValidationError

MINIMUM, MAXIMUM = 15, 128
_PRODUCT_WORDS = ("portico", "cloud backup", "password", "passphrase")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


class LengthValidator:
    """Between 15 and 128 characters, counted as typed."""

    def validate(self, password: str, user=None) -> None:
        if len(password) < MINIMUM:
            raise ValidationError(
                f"Use at least {MINIMUM} characters; this has {len(password)}. Four unrelated words are a good start."
            )
        if len(password) > MAXIMUM:
            raise ValidationError(f"Use at most {MAXIMUM} characters; this has {len(password)}.")

    def get_help_text(self) -> str:
        return f"At least {MINIMUM} characters. Spaces and any letters are welcome; four unrelated words do well."


class ContextWordValidator:
    """Refuses passwords that are little more than a name everybody here knows."""

    def validate(self, password: str, user=None) -> None:
        squeezed = _letters(password)
        for word in self._words(user):
            squeezed_word = _letters(word)
            if len(squeezed_word) >= 4 and squeezed_word in squeezed:
                raise ValidationError(f"Leave out “{word}”: names from here are tried first by anybody who guesses.")

    def _words(self, user) -> list[str]:
        words = list(_PRODUCT_WORDS)
        if user is None or not user.pk:
            return words
        words += [user.first_name, user.last_name, user.email.partition("@")[0]]
        for membership in user.memberships.select_related("partner", "organization"):
            words.append(membership.partner.name)
            if membership.organization:
                words.append(membership.organization.name)
        return words

    def get_help_text(self) -> str:
        return ""


class CommonPasswordValidator(DjangosList):
    """Refuses common passwords, also when they are repeated, padded or put in pairs until they are long enough."""

    def validate(self, password: str, user=None) -> None:
        squeezed = _letters(password)
        if self._is_common(squeezed) or self._is_pair(squeezed) or len(set(squeezed)) < 5:
            raise ValidationError("This is one of the passwords that are tried first. Choose four unrelated words.")

    def _is_common(self, squeezed: str) -> bool:
        candidates = {squeezed, squeezed.rstrip("0123456789"), squeezed.strip("0123456789")}
        for length in range(3, len(squeezed) // 2 + 1):
            unit = squeezed[:length]
            if unit * (len(squeezed) // length) + unit[: len(squeezed) % length] == squeezed:
                candidates.add(unit)
        return any(candidate in self.passwords for candidate in candidates if candidate)

    def _is_pair(self, squeezed: str) -> bool:
        stripped = squeezed.strip("0123456789")
        return any(
            stripped[:cut] in self.passwords and stripped[cut:] in self.passwords for cut in range(3, len(stripped) - 2)
        )
