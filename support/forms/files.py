"""Several files of one field, each checked by name and by what is in it."""

from django import forms
from django.core.files.uploadedfile import UploadedFile

from support.files import NewFile, checked
from support.kinds import ACCEPT, ALL_BYTES_AT_MOST, BYTES_AT_MOST, FILES_AT_MOST, FileRefused, check_all

_MEGABYTE = 1024 * 1024


class _Input(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """As many files as a message takes; its value is a list of `NewFile`."""

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault("label", "Files")
        kwargs.setdefault(
            "help_text",
            f"{FILES_AT_MOST} at most, up to {BYTES_AT_MOST // _MEGABYTE} MB each and {ALL_BYTES_AT_MOST // _MEGABYTE} "
            "MB together: pictures, PDF, text, Office documents, mails, ZIP. Never passwords.",
        )
        super().__init__(required=False, widget=_Input(attrs={"accept": ACCEPT}), **kwargs)

    def clean(self, data: list[UploadedFile], initial=None) -> list[NewFile]:
        """Return the files, or name every one that is not taken and why."""
        files, problems = [], []
        for upload in data or []:
            try:
                files.append(checked(upload.name, upload.size, upload.file))
            except FileRefused as problem:
                problems.append(str(problem))
        try:
            check_all([upload.size for upload in data or []])
        except FileRefused as problem:
            problems.append(str(problem))
        if problems:
            raise forms.ValidationError([*problems, "Choose the others again; a browser forgets them."])
        return files
