"""A phone with an authenticator app: another hand than the server's makes its codes."""

from __future__ import annotations

import pyotp

from tests.support.app import PASSWORD

URL = "/api/auth/second-factor"


class Authenticator:
    """Shows the code of `clock`'s moment, or of one so many steps of 30 s away."""

    def __init__(self, secret, clock):
        self._totp = pyotp.TOTP(secret)
        self._clock = clock

    def code(self, steps=0):
        return self._totp.at(self._clock.now(), counter_offset=steps)

    def wrong_code(self):
        near = {self.code(steps) for steps in range(-3, 4)}
        return next(code for code in map("{:06}".format, range(8)) if code not in near)


def begin(client, header, clock, password=PASSWORD):
    """Ask for a secret, and put it into an app."""
    answer = client.post(URL, json={"password": password}, headers=header)
    return Authenticator(answer.json["secret"], clock)


def confirm(client, header, code):
    return client.post(f"{URL}/confirm", json={"code": code}, headers=header)


def turn_on(client, header, clock):
    """Turn a second factor on: the app, and the recovery codes. The code of now is used up."""
    app = begin(client, header, clock)
    return app, confirm(client, header, app.code()).json["recovery_codes"]
