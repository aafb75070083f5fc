"""A `Progress` that keeps what it is told."""

from hirise.progress import Progress


class RecordedProgress(Progress):
    """`updates` as (step, done, total), `messages` as they were said."""

    def __init__(self):
        super().__init__()
        self.updates, self.messages = [], []

    def show(self, done, total):
        self.updates.append((self.status.step, done, total))

    def tell(self, message):
        self.messages.append(message)
