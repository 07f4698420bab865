"""One more kind of newsletter: the reminder of a certificate that ends."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0004_webhooks'),
    ]

    operations = [
        migrations.AlterField(
            model_name='emailpreference',
            name='category',
            field=models.CharField(choices=[('PRODUCT', 'Product updates'), ('RELEASES', 'Release notes'), ('STATUS', 'Service status and maintenance'), ('TRAINING', 'Training and events'), ('DUE_AGAIN', 'Training that is due again'), ('MARKETING', 'Offers')], max_length=10),
        ),
    ]
