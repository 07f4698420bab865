"""`manage.py put_in_courses`: the courses that ship with the product, as this release has them."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from training.actions.shipping import AddressTaken, put_in_courses
from training.shipped import shipped_courses


class Command(BaseCommand):
    help = "Puts the courses that ship with the product into the database; run it after migrate. Again changes nothing."

    def handle(self, **options) -> None:
        for shipped in shipped_courses():
            try:
                changed = put_in_courses(shipped=[shipped], now=timezone.now())
            except AddressTaken as problem:
                # The portal works without it, and the others are put in all the same.
                self.stderr.write(str(problem))
                continue
            for course in changed:
                self.stdout.write(f"The course “{course}” is as this release has it.")
