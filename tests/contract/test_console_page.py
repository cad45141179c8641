"""The console's page and its files, as HTTP carries them."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from deployments.ingress.console.files import PAGE, ConsoleFiles
from tests.contract.application import Client
from tests.contract.guarded import guard, rich

PLAIN = {"accept-encoding": "identity"}
TRANSFERRED_AT_MOST = 60_000  # bytes of a first visit


def named_by(page: httpx.Response) -> list[str]:
    """The files that the page names."""
    return sorted(set(re.findall(r'(?:href|src)="(/console/[^"]+)"', page.text)))


def folder_of(quiet_client: Client) -> str:
    return named_by(quiet_client.get("/"))[0].rpartition("/")[0]


def test_the_page_names_files_that_are_there(quiet_client: Client) -> None:
    page = quiet_client.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    files = named_by(page)
    assert {path.rpartition("/")[2] for path in files} >= {"app.js", "style.css", "icon.svg"}
    kinds = {quiet_client.get(path).headers["content-type"] for path in files}
    assert kinds == {"text/javascript; charset=utf-8", "text/css; charset=utf-8", "image/svg+xml"}


def test_the_page_names_every_module_so_that_none_waits_for_another(quiet_client: Client) -> None:
    named = {path.rpartition("/")[2] for path in named_by(quiet_client.get("/"))}
    assert named == {path.name for path in PAGE.iterdir()} - {"index.html"}


def test_modules_import_files_that_are_there() -> None:
    for path in PAGE.glob("*.js"):
        imported = re.findall(r'from "\./([^"]+)"', path.read_text(encoding="utf-8"))
        assert all((PAGE / name).is_file() for name in imported), path


def test_a_first_visit_is_small(quiet_client: Client) -> None:
    page = quiet_client.get("/")
    answers = [page, *(quiet_client.get(path) for path in named_by(page))]
    assert {one.headers["content-encoding"] for one in answers} == {"gzip"}
    assert sum(int(one.headers["content-length"]) for one in answers) < TRANSFERRED_AT_MOST


def test_the_page_lets_the_browser_run_its_own_files_alone(quiet_client: Client) -> None:
    headers = quiet_client.get("/").headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert headers["permissions-policy"] == "camera=(self), microphone=(), geolocation=()"
    assert "camera" not in quiet_client.get("/healthz").headers.get("permissions-policy", "")


def test_nothing_of_the_page_stands_in_it_or_comes_from_elsewhere(quiet_client: Client) -> None:
    page = quiet_client.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page)
    for path in PAGE.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, path.name
        assert "innerHTML" not in text, path.name


def test_files_are_kept_for_ever_and_the_page_is_asked_for_again(quiet_client: Client) -> None:
    page = quiet_client.get("/")
    assert page.headers["cache-control"] == "public, no-cache"
    script = quiet_client.get(f"{folder_of(quiet_client)}/app.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    for answer in (page, script):
        again = quiet_client.get(
            answer.request.url.path, headers={"if-none-match": answer.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == answer.headers["etag"]


def test_another_content_has_another_address(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<script src="@console/app.js">')
    (tmp_path / "app.js").write_text("one")
    first = ConsoleFiles.read(tmp_path)
    (tmp_path / "app.js").write_text("two")
    second = ConsoleFiles.read(tmp_path)
    assert first.version != second.version
    assert first.index("").tag != second.index("").tag
    assert second.index("/gate").data.decode() == (
        f'<script src="/gate/console/{second.version}/app.js">'
    )
    assert second.find(first.version, "app.js") is None


def test_callers_who_know_no_gzip_get_the_same_content(quiet_client: Client) -> None:
    path = f"{folder_of(quiet_client)}/app.js"
    plain = quiet_client.get(path, headers=PLAIN)
    assert "content-encoding" not in plain.headers
    assert plain.content == (PAGE / "app.js").read_bytes()
    refused = quiet_client.get(path, headers={"accept-encoding": "br, gzip;q=0"})
    assert "content-encoding" not in refused.headers
    assert quiet_client.get(path).content == plain.content
    assert gzip.compress(plain.content, mtime=0) == ConsoleFiles.read().files["app.js"].compressed


@pytest.mark.parametrize(
    "name",
    [
        "nothing.js",
        "index.html",
        "../files.py",
        "..%2ffiles.py",
        "%2e%2e/%2e%2e/app.py",
        "..%5cfiles.py",
        "app.js%00",
        "/etc/passwd",
        "",
        "screenshots",
    ],
)
def test_what_is_no_file_of_the_page_is_404(quiet_client: Client, name: str) -> None:
    answer = quiet_client.get(f"{folder_of(quiet_client)}/{name}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_a_file_of_another_version_is_404(quiet_client: Client) -> None:
    answer = quiet_client.get("/console/0123456789abcdef/app.js")
    assert rich(answer) == (
        404,
        "not_found",
        "the console has no such file, load its page again",
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_page_is_only_read(quiet_client: Client, method: str) -> None:
    answer = quiet_client.request(method, "/")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_head_is_get_without_a_body(quiet_client: Client) -> None:
    get, head = quiet_client.get("/"), quiet_client.request("HEAD", "/")
    assert (head.status_code, head.content, head.headers) == (200, b"", get.headers)


def test_the_page_needs_no_key_and_may_be_kept(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    client = guard(make_client, tmp_path).client
    page = client.get("/")
    assert page.headers["cache-control"] == "public, no-cache"
    for path in named_by(page):
        assert client.get(path).headers["cache-control"].startswith("public, max-age=")
    assert client.get("/v1/gallery").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/gate", "/gate/"])
def test_below_a_prefix_the_page_names_its_files_there(client: Client, path: str) -> None:
    client.app.root_path = "/gate"
    page = client.get(path)
    assert page.status_code == 200
    (script,) = re.findall(r'"(/gate/console/[^"]+/app\.js)"', page.text)
    assert client.get(script).content == (PAGE / "app.js").read_bytes()
