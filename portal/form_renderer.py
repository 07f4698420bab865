"""Forms in the look of the product: label, control, error, help, wired together for screen readers."""

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

_PLAIN = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple, forms.HiddenInput)


class PorticoBoundField(BoundField):
    """A field whose control carries the design system's class."""

    def build_widget_attrs(self, attrs: dict, widget: forms.Widget | None = None) -> dict:
        """Return the attributes Django sets, and the class."""
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if not isinstance(widget, _PLAIN):
            attrs["class"] = " ".join(["input", *widget.attrs.get("class", "").split()])
        return attrs


class PorticoRenderer(TemplatesSetting):
    """`{{ form.name.as_field_group }}` becomes a field of the design system."""

    field_template_name = "components/field.html"
    bound_field_class = PorticoBoundField
