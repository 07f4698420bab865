"""Addresses of training. The one of a certificate's public page stands on paper and must never change."""

from django.urls import path

from training.views import attempts, certificates, courses, lessons

_COURSE = "training/courses/<slug:course_slug>/"

app_name = "training"
urlpatterns = [
    path("training/", courses.course_list, name="course_list"),
    path(_COURSE, courses.course_detail, name="course_detail"),
    path(_COURSE + "lessons/<slug:lesson_slug>/", lessons.lesson_detail, name="lesson_detail"),
    path(_COURSE + "quiz/", attempts.attempt_start, name="attempt_start"),
    path("training/quizzes/<uuid:attempt_uuid>/", attempts.attempt_detail, name="attempt_detail"),
    path("training/certificates/<uuid:certificate_uuid>/", certificates.certificate_detail, name="certificate_detail"),
    path("training/certificates/<uuid:certificate_uuid>/file/", certificates.certificate_file, name="certificate_file"),
    path("training/verify/<str:certificate_token>/", certificates.certificate_verify, name="certificate_verify"),
]
