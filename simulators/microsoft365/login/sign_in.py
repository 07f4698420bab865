"""The page on which somebody chooses who to be. There are no passwords: nobody here is real."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from simulators.microsoft365.login.session import forget, keep_signed_in
from simulators.microsoft365.login.tenancy import people_to_choose_from
from simulators.microsoft365.models import Person, Tenant


def wants_to_sign_in(request: HttpRequest) -> bool:
    """Return whether the request comes from the sign-in page."""
    return request.method == "POST" and request.POST.get("step") == "sign_in"


def wants_another_account(request: HttpRequest) -> bool:
    """Return whether somebody asks to be somebody else."""
    return request.method == "POST" and request.POST.get("step") == "another_account"


def sign_in_page(request: HttpRequest, tenant: Tenant | None, problem: str = "", app_name: str = "") -> HttpResponse:
    """Return the page, with people of ``tenant``, or of every tenant."""
    context = {
        "tenant": tenant,
        "choices": people_to_choose_from(tenant),
        "problem": problem,
        "app_name": app_name,
        "typed": request.POST.get("upn", ""),
    }
    return render(request, "microsoft365/sign_in.html", context, status=400 if problem else 200)


def sign_in(request: HttpRequest, tenant: Tenant | None, app_name: str = "") -> HttpResponse:
    """Sign in whom the form names and come back to the same address; or show the page again, saying why not."""
    word = (request.POST.get("upn") or request.POST.get("person") or "").strip()
    person = _person(word)
    problem = _problem(word, person, tenant)
    if problem:
        return sign_in_page(request, tenant, problem, app_name)
    response = HttpResponseRedirect(_here(request))
    keep_signed_in(response, person)
    return response


def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out and come back to the same address."""
    response = HttpResponseRedirect(_here(request))
    forget(response)
    return response


def _here(request: HttpRequest) -> str:
    # Who just chose an account must not be asked to choose again.
    query = request.GET.copy()
    query.pop("prompt", None)
    return f"{request.path}?{query.urlencode()}"


def _person(word: str) -> Person | None:
    people = Person.objects.live().select_related("tenant")
    try:
        return people.filter(id=UUID(word)).first()
    except ValueError:
        return people.filter(upn__iexact=word).first()


def _problem(word: str, person: Person | None, tenant: Tenant | None) -> str:
    if not word:
        return "Choose an account, or type a sign-in name."
    if person is None:
        return f"AADSTS50034: The account {word} does not exist. Check the spelling, or choose one of the list."
    if tenant and person.tenant_id != tenant.id:
        return (
            f"AADSTS50020: User account '{person.upn}' of {person.tenant.name} does not exist in tenant "
            f"'{tenant.name}'. Choose an account of {tenant.name}."
        )
    if not person.is_enabled:
        return f"AADSTS50057: The account {person.upn} is disabled. Choose another."
    return ""
