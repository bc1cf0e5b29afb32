"""The web application: which path is whose."""

from aiohttp import web

from .answers import next_tid
from .control import Control, sentences
from .emulator import Emulator
from .errands import Errands
from .gateway import Gateway
from .messenger import Messenger
from .notices import Notices
from .oauth import OAuth
from .pages import HERE, own_page
from .window import Window

LARGEST_BODY = 10 * 1024 * 1024


async def _tid(_request: web.Request, response: web.StreamResponse) -> None:
    if "intuit_tid" not in response.headers:
        response.headers["intuit_tid"] = next_tid()


def build(emulator: Emulator, public_url: str = "") -> web.Application:
    """The application around one emulator."""
    gateway = Gateway(emulator)
    oauth = OAuth(emulator, gateway, public_url)
    messenger = Messenger(emulator)
    notices = Notices(emulator, messenger)
    app = web.Application(client_max_size=LARGEST_BODY)
    app.cleanup_ctx.append(messenger.run)
    app.on_response_prepare.append(_tid)
    app.add_routes(
        [
            web.route("*", "/v3/company/{tail:.*}", gateway.v3),
            web.get("/.well-known/openid_sandbox_configuration/", oauth.discovery),
            web.get("/.well-known/openid_sandbox_configuration", oauth.discovery),
            web.get("/.well-known/openid_configuration/", oauth.discovery),
            web.get("/op/v1/jwks", oauth.jwks),
            web.get("/connect/oauth2", oauth.ask),
            web.post("/connect/oauth2", own_page(oauth.decided)),
            web.post("/oauth2/v1/tokens/bearer", oauth.token),
            web.post("/v2/oauth2/tokens/revoke", oauth.revoke),
            web.get("/v1/openid_connect/userinfo", oauth.userinfo),
            web.static("/static", HERE / "static"),
        ]
    )
    app.add_subapp("/_control", _control(Control(emulator, oauth), [*Errands(emulator).routes(), *notices.controls()]))
    app.add_routes([*notices.pages(), *Window(emulator).routes()])
    return app


def _control(control: Control, further: list[web.RouteDef]) -> web.Application:
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[sentences])
    app.add_routes(
        [
            web.get("/health", control.health),
            web.post("/reset", control.reset),
            web.post("/mark", control.mark),
            web.get("/clock", control.now),
            web.post("/clock", control.clock),
            web.post("/limits", control.limits),
            web.post("/preferences", control.preferences),
            web.get("/faults", control.armed),
            web.post("/faults", control.arm),
            web.delete("/faults", control.disarm),
            web.get("/requests", control.requests),
            web.delete("/requests", control.forget_requests),
            web.get("/documents/{realm}/{entity}", control.documents),
            web.post("/documents/{realm}/{entity}", control.write),
            web.post("/bulk/{realm}/{entity}", control.bulk),
            web.post("/authorize", control.authorize),
            web.get("/switches", control.switches),
            web.post("/switches", control.switch),
            *further,
        ]
    )
    return app
