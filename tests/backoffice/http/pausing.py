"""What a session pauses by, and what keeps its pace, as far as it sees of them."""


class Sleeps(list):
    def __call__(self, seconds):
        self.append(seconds)


class Pacer:
    def __init__(self):
        self.told = []

    def wait(self, cost=1, max_s=None):
        self.told.append(("wait", cost, max_s))
        return 0.0

    def penalise(self, after_s):
        self.told.append(("penalise", after_s))
