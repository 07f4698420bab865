from django.apps import AppConfig


class StripeConfig(AppConfig):
    name = "simulators.stripe"
    label = "simulated_stripe"
