"""How Django's forms are drawn: with the field and form parts of the design system."""

from django.forms.renderers import TemplatesSetting


class PaperRenderer(TemplatesSetting):
    """`{{ form }}` and `{{ field.as_field_group }}` come out in our look wherever they are written."""

    form_template_name = "parts/form.html"
    field_template_name = "parts/field.html"
