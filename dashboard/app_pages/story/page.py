"""What happened to the networks of the blog post? Its exercises, replayed."""

from dashboard.app_pages.story.chapters import (
    show_better_batches,
    show_first_networks,
    show_tuners_choice,
)
from dashboard.app_pages.story.replay import need_replay, show_beginning
from dashboard.app_pages.story.scores import show_scores

replay = need_replay()
show_beginning(replay)
show_first_networks(replay)
show_better_batches(replay)
show_tuners_choice(replay)
show_scores(replay)
