"""Courses, what people read and answered, and certificates that never change."""

import django.core.validators
import django.db.models.deletion
import training.models.certificate
import training.models.lesson
import uuid
from django.conf import settings
from django.db import migrations, models


# What may happen to a certificate: it is withdrawn, its person is told of its end, or stops existing.
CERTIFICATES = """
CREATE FUNCTION training_certificates_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW(NEW.uuid, NEW.number, NEW.token, NEW.partner_id, NEW.course_id, NEW.person_name, NEW.partner_name,
           NEW.course_title, NEW."right", NEW.asked, NEW.issued_at, NEW.issued_on, NEW.valid_until)
        IS DISTINCT FROM
       ROW(OLD.uuid, OLD.number, OLD.token, OLD.partner_id, OLD.course_id, OLD.person_name, OLD.partner_name,
           OLD.course_title, OLD."right", OLD.asked, OLD.issued_at, OLD.issued_on, OLD.valid_until)
       OR NEW.user_id IS NOT NULL AND NEW.user_id IS DISTINCT FROM OLD.user_id
       OR NEW.attempt_id IS NOT NULL AND NEW.attempt_id IS DISTINCT FROM OLD.attempt_id
       OR OLD.withdrawn_at IS NOT NULL AND ROW(NEW.withdrawn_at, NEW.withdrawn_because)
           IS DISTINCT FROM ROW(OLD.withdrawn_at, OLD.withdrawn_because)
    THEN
        RAISE EXCEPTION 'What a certificate says never changes.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER training_certificate_stays BEFORE UPDATE ON training_certificate
    FOR EACH ROW EXECUTE FUNCTION training_certificates_stay();
"""
UNDO_CERTIFICATES = """
DROP TRIGGER training_certificate_stays ON training_certificate;
DROP FUNCTION training_certificates_stay();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0008_api_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Course',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(help_text='Its address: /training/courses/…/. It stays what it is.', unique=True)),
                ('title', models.CharField(max_length=80)),
                ('summary', models.CharField(help_text='One sentence, for the list of courses.', max_length=200)),
                ('product', models.CharField(choices=[('CLOUD_BACKUP', 'Cloud Backup'), ('PORTAL', 'Portal')], max_length=20)),
                ('position', models.PositiveSmallIntegerField(default=100, help_text='Smaller stands first in the list.')),
                ('pass_percent', models.PositiveSmallIntegerField(default=80, help_text='So much of the quiz has to be right.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='pass mark in percent')),
                ('months_valid', models.PositiveSmallIntegerField(default=12, help_text='So many months after passing the course is due again.', validators=[django.core.validators.MinValueValidator(2), django.core.validators.MaxValueValidator(120)])),
                ('is_published', models.BooleanField(default=False, editable=False, verbose_name='published')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('fingerprint', models.CharField(blank=True, default='', editable=False, max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pass_percent__gte', 1), ('pass_percent__lte', 100)), name='training_pass_mark_is_a_percentage'), models.CheckConstraint(condition=models.Q(('months_valid__gte', 2)), name='training_certificates_last')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('course_version', models.PositiveIntegerField()),
                ('pass_percent', models.PositiveSmallIntegerField()),
                ('paper', models.JSONField()),
                ('answers', models.JSONField(blank=True, default=list)),
                ('started_at', models.DateTimeField()),
                ('handed_in_at', models.DateTimeField(blank=True, null=True)),
                ('right', models.PositiveSmallIntegerField(default=0)),
                ('is_passed', models.BooleanField(default=False)),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.partner')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='training.course')),
            ],
        ),
        migrations.CreateModel(
            name='Lesson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField()),
                ('position', models.PositiveSmallIntegerField()),
                ('title', models.CharField(max_length=80)),
                ('minutes', models.PositiveSmallIntegerField(help_text='How long it takes to read.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)])),
                ('body', models.TextField(help_text='Markdown: *emphasis*, **weight**, lists, tables, links. Headings, pictures and HTML are not shown.', validators=[django.core.validators.MaxLengthValidator(20000)])),
                ('picture', models.CharField(blank=True, max_length=120, validators=[training.models.lesson.validate_picture])),
                ('picture_alt', models.CharField(blank=True, help_text='For those who do not see it.', max_length=300, verbose_name='what the picture shows')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lessons', to='training.course')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='LessonReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('read_at', models.DateTimeField()),
                ('lesson', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='readings', to='training.lesson')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.partner')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('text', models.TextField(validators=[django.core.validators.MaxLengthValidator(500)])),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='training.course')),
                ('lesson', models.ForeignKey(help_text='Where to read again after a wrong answer.', on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='training.lesson')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Choice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=300)),
                ('is_right', models.BooleanField(default=False, verbose_name='right')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='choices', to='training.question')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('number', models.CharField(default=training.models.certificate.new_number, editable=False, max_length=14, unique=True)),
                ('token', models.CharField(default=training.models.certificate.new_token, editable=False, max_length=32, unique=True)),
                ('person_name', models.CharField(max_length=170)),
                ('partner_name', models.CharField(max_length=120)),
                ('course_title', models.CharField(max_length=80)),
                ('right', models.PositiveSmallIntegerField()),
                ('asked', models.PositiveSmallIntegerField()),
                ('issued_at', models.DateTimeField()),
                ('issued_on', models.DateField()),
                ('valid_until', models.DateField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_because', models.CharField(blank=True, max_length=300)),
                ('due_told_at', models.DateTimeField(blank=True, null=True)),
                ('attempt', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='certificate', to='training.attempt')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.partner')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='training.course')),
            ],
            options={
                'indexes': [models.Index(fields=['partner', 'user', 'course', '-valid_until'], name='training_newest_certificate'), models.Index(condition=models.Q(('due_told_at', None), ('withdrawn_at', None)), fields=['valid_until', 'id'], name='training_to_be_told')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__gt', models.F('issued_on'))), name='training_certificate_ends_after_it_began')],
            },
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['partner', 'user', 'course'], name='training_attempts_of_person'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(condition=models.Q(('handed_in_at', None)), fields=('user', 'partner', 'course'), name='training_one_open_attempt'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('is_passed', False), ('handed_in_at__isnull', False), _connector='OR'), name='training_only_handed_in_passes'),
        ),
        migrations.AddConstraint(
            model_name='lesson',
            constraint=models.UniqueConstraint(fields=('course', 'slug'), name='training_lesson_address_is_one'),
        ),
        migrations.AddConstraint(
            model_name='lesson',
            constraint=models.CheckConstraint(condition=models.Q(('minutes__gte', 1)), name='training_lessons_take_time'),
        ),
        migrations.AddConstraint(
            model_name='lessonreading',
            constraint=models.UniqueConstraint(fields=('user', 'partner', 'lesson'), name='training_lesson_read_once'),
        ),
        migrations.AddConstraint(
            model_name='choice',
            constraint=models.UniqueConstraint(fields=('question', 'text'), name='training_choices_differ'),
        ),
        migrations.RunSQL(CERTIFICATES, UNDO_CERTIFICATES),
    ]
