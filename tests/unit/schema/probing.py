"""What the tests of the probe share: a service that stands between client and sandbox, and a client in no hurry."""

from softrorm import Client, Dialect
from softrorm.sandbox import FakeClock

KEY = "key-0123456789abcdef"


class Between:
    """Stands between client and sandbox, and may do something before or after a request is carried out."""

    def __init__(self, sandbox, before=None, after=None):
        self._sandbox = sandbox
        self._before, self._after = before, after
        self.count = 0
        self.workspace_id = sandbox.workspace_id

    def handle(self, method, path, query, headers, body):
        self.count += 1
        if self._before is not None:
            made = self._before(self.count, method, path)
            if made is not None:
                return made
        answer = self._sandbox.handle(method, path, query, headers, body)
        if self._after is not None:
            answer = self._after(self.count, method, path, answer) or answer
        return answer


def client_of(service, **options):
    clock = FakeClock()  # so that waiting for an end takes no time, and a slow machine ends nothing
    return Client(
        service, **{"api_key": KEY, "dialect": Dialect.CURRENT, "clock": clock, "sleep": clock.advance, **options}
    )


def databases(sandbox):
    return [one.name for one in sandbox.client().list_databases()]


def raising_at(number, error):
    def at(count, *_):
        if count == number:
            raise error

    return at
