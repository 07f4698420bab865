"""A partner has one plan for a product at a time."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("billing", "0002_payments"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='subscription',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.F('partner'), models.F('partner'), models.Value('[]'), function='int8range', output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField()), '&&'), (models.Func(models.Func(models.F('product'), function='hashtext'), models.Func(models.F('product'), function='hashtext'), models.Value('[]'), function='int4range', output_field=django.contrib.postgres.fields.ranges.IntegerRangeField()), '&&'), (models.Func(models.F('starts_on'), models.F('ends_on'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='billing_one_plan_at_a_time'),
        ),
    ]
