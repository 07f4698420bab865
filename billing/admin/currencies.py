"""What the pages of plans and accounts say where a currency has to stay."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from billing.actions.plans import CurrencyStays


class KeepsCurrency:
    """An admin page that says why where a plan or money came while somebody typed, and shows what there is by now."""

    def changeform_view(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        """Show the form, or keep what it carries."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except CurrencyStays as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return redirect(request.path)
