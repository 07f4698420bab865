"""Answers that staff give often."""

from django.db import models


class CannedAnswer(models.Model):
    """A text that staff put into an answer and then change."""

    title = models.CharField(max_length=120, unique=True)
    body = models.TextField(help_text="Markdown.")

    def __str__(self) -> str:
        return self.title
