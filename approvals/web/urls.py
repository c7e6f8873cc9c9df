"""Every page of the site, except the admin's."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from approvals.web import catching_up, palette
from approvals.web.answer import kept
from approvals.web.decided.undo import after, decided, undo
from approvals.web.inbox import bulk, saved_views
from approvals.web.inbox import pages as inbox
from approvals.web.insights import pages as insights
from approvals.web.reader import account, preferences
from approvals.web.review import comments, decide, handling
from approvals.web.review import pages as review
from approvals.web.runs import agents, travel
from approvals.web.runs import pages as runs

urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("inbox/news/", inbox.news, name="news"),
    path("inbox/waiting/", inbox.waiting, name="waiting"),
    path("inbox/bulk/", bulk.preview, name="bulk"),
    path("inbox/bulk/do/", bulk.carry_out, name="bulk-do"),
    path("inbox/bulk/undo/", bulk.undo, name="bulk-undo"),
    path("interrupts/<int:pk>/", review.review, name="interrupt"),
    path("interrupts/<int:pk>/handling/", handling.show, name="handling"),
    path("interrupts/<int:pk>/claim/", handling.claim, name="claim"),
    path("interrupts/<int:pk>/release/", handling.release, name="release"),
    path("interrupts/<int:pk>/assign/", handling.assign, name="assign"),
    path("interrupts/<int:pk>/snooze/", handling.snooze, name="snooze"),
    path("interrupts/<int:pk>/banner/", review.banner, name="interrupt-banner"),
    path("interrupts/<int:pk>/decide/", decide.decide, name="decide"),
    path("interrupts/<int:pk>/undo/", undo, name="undo"),
    path("decided/", decided, name="decided"),
    path("decided/after/", after, name="after-decision"),
    path("interrupts/<int:pk>/form/", decide.form, name="interrupt-form"),
    path("interrupts/<int:pk>/raw/", review.raw, name="interrupt-raw"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/raw/", runs.raw, name="run-raw"),
    path("runs/<int:pk>/card/", runs.card, name="run-card"),
    path("runs/<int:pk>/cancel/", runs.cancel, name="run-cancel"),
    path("runs/<int:pk>/retry/", runs.retry, name="run-retry"),
    path("runs/<int:pk>/history/", travel.history, name="run-history"),
    path("runs/<int:pk>/history/<slug:checkpoint_id>/", travel.checkpoint, name="checkpoint"),
    path("runs/<int:pk>/history/<slug:checkpoint_id>/raw/", travel.raw, name="checkpoint-raw"),
    path("runs/<int:pk>/history/<slug:checkpoint_id>/fork/", travel.fork, name="fork"),
    path("agents/", agents.agents, name="agents"),
    path("agents/<str:key>/", agents.agent, name="agent"),
    path("agents/<str:key>/start/", agents.start, name="start"),
    path("interrupts/<int:pk>/comments/", comments.comments, name="comments"),
    path("interrupts/<int:pk>/draft/", kept.keep, name="draft"),
    path("interrupts/<int:pk>/draft/discard/", kept.discard, name="draft-discard"),
    path("comments/<int:pk>/withdraw/", comments.withdraw, name="comment-withdraw"),
    path("notifications/", comments.notifications, name="notifications"),
    path("notifications/read/", comments.read, name="notifications-read"),
    path("notifications/bell/", comments.bell, name="bell"),
    path("insights/", insights.insights, name="insights"),
    path("insights/<slug:name>.csv", insights.table, name="insights-table"),
    path("login/", account.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("views/", saved_views.views, name="saved-views"),
    path("views/<int:pk>/", saved_views.change, name="saved-view"),
    path("views/<int:pk>/delete/", saved_views.delete, name="saved-view-delete"),
    path("settings/", preferences.settings, name="settings"),
    path("live/", preferences.live, name="live"),
    path("parts/", catching_up.parts, name="parts"),
    path("keys/", preferences.keys, name="keys"),
    path("palette/", palette.palette, name="palette"),
    path("theme/", account.theme, name="theme"),
]
