"""The hall's addresses: writing, review, operation."""

from django.urls import path

from annotation.views import editor, guidance, operations, passed_on, releases, remarks, review, revisions, traces, work

app_name = "annotation"

urlpatterns = [
    path("work/", work.work, name="work"),
    path("work/history/", work.work_history, name="work_history"),
    path("work/claim/", work.work_claim, name="work_claim"),
    path("work/preview/", editor.preview, name="preview"),
    path("work/recording/", traces.recording, name="recording"),
    path("work/tasks/<uuid:public_id>/", editor.task, name="task"),
    path("work/tasks/<uuid:public_id>/trace/", traces.task_trace, name="task_trace"),
    path("work/tasks/<uuid:public_id>/draft/", editor.task_draft, name="task_draft"),
    path("work/tasks/<uuid:public_id>/revisions/", revisions.task_revisions, name="task_revisions"),
    path("work/tasks/<uuid:public_id>/revisions/<int:revision>/", revisions.task_restore, name="task_restore"),
    path("work/tasks/<uuid:public_id>/guideline/", guidance.task_guideline_read, name="task_guideline_read"),
    path("work/tasks/<uuid:public_id>/remarks/", remarks.task_remarks, name="task_remarks"),
    path("work/tasks/<uuid:public_id>/closeness/", editor.task_closeness, name="task_closeness"),
    path("work/tasks/<uuid:public_id>/lease/", editor.task_lease, name="task_lease"),
    path("work/tasks/<uuid:public_id>/submit/", editor.task_submit, name="task_submit"),
    path("work/tasks/<uuid:public_id>/reference/", editor.task_reference, name="task_reference"),
    path("work/tasks/<uuid:public_id>/back/", work.task_back, name="task_back"),
    path("work/tasks/<uuid:public_id>/pause/", work.task_leave, name="task_leave"),
    path("work/tasks/<uuid:public_id>/pass/", work.task_pass, name="task_pass"),
    path("work/tasks/<uuid:public_id>/again/", work.task_again, name="task_again"),
    path("work/tasks/<uuid:public_id>/recall/", work.task_recall, name="task_recall"),
    path("review/", review.review, name="review"),
    path("review/next/", review.review_next, name="review_next"),
    path("review/<uuid:public_id>/", review.desk, name="desk"),
    path("review/<uuid:public_id>/verdict/", review.verdict, name="verdict"),
    path("review/<uuid:public_id>/edit/", review.edit, name="edit"),
    path("review/<uuid:public_id>/reference/", review.reference, name="reference"),
    path("ops/", operations.dashboard, name="dashboard"),
    path("ops/not-clean/", operations.not_clean, name="not_clean"),
    path("ops/passed-on/", passed_on.passed_on, name="passed_on"),
    path("ops/passed-on/<uuid:public_id>/", passed_on.passed_on_answer, name="passed_on_answer"),
    path("ops/orders/<uuid:public_id>/rules/", guidance.order_rules, name="order_rules"),
    path("ops/releases/", releases.releases, name="releases"),
    path("ops/releases/<uuid:public_id>/publish/", releases.publish, name="release_publish"),
    path("ops/releases/<uuid:public_id>/retract/", releases.retract, name="release_retract"),
    path("ops/records/<uuid:public_id>/", operations.record, name="record"),
    path("ops/records/<uuid:public_id>/reference/", operations.record_reference, name="record_reference"),
    path("ops/records/<uuid:public_id>/answer/", operations.record_answer, name="record_answer"),
    path("ops/records/<uuid:public_id>/example/", guidance.record_example, name="record_example"),
    path("releases/<uuid:public_id>/archive.zip", releases.archive, name="release_archive"),
    path("releases/<uuid:public_id>/files/<path:path>", releases.file, name="release_file"),
]
