"""How fast the review desk's list is over 100,000 conversations with 1,000,000 messages.

    python -m bench.review_desk [--conversations N] [--keep FOLDER]

Makes them in a fresh SQLite file and in a fresh private PostgreSQL, asks the admin itself for its
list as reviewers do, and prints milliseconds: median and worst of five, warm; and what of that this
process was at work, which is all of it on SQLite where nothing else keeps the machine busy. FOLDER
keeps both databases; they are used again where they are there already.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.predictions.test_postgres import PROGRAMS, Cluster

BOUND = 300  # ms
TIMES = 5
LIST = "/admin/chatapp/transcript/"
KEYS = "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMTI="


def make(conversations: int = 100_000, *, seed: int = 6) -> None:
    """See bench.many_transcripts, which needs Django set up."""
    from bench.many_transcripts import make

    make(conversations, seed=seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        return measure(options.conversations)
    with tempfile.TemporaryDirectory(prefix="rivulet-desk-") as passing:
        folder = options.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # PostgreSQL's own user goes through it
        run_on("SQLite", folder / "sqlite", "", options.conversations)
        if PROGRAMS:
            with postgres(folder / "postgres") as url:
                run_on("PostgreSQL", folder / "rivulet", url, options.conversations)


def run_on(name: str, data_dir: Path, url: str, conversations: int) -> None:
    """In a process of its own: Django knows one database."""
    data_dir.mkdir(exist_ok=True)
    print(f"\n{name}", flush=True)
    surroundings = {"DATA_DIR": str(data_dir), "DATABASE_URL": url, "ENV_FILE": os.devnull}
    surroundings |= {"SECRET_KEY": "only-for-benches", "KEY_RING": KEYS}
    here = [sys.executable, "-m", "bench.review_desk", "--here"]
    subprocess.run(
        [*here, f"--conversations={conversations}"], env=os.environ | surroundings, check=True
    )


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Its address; stopped properly, so that it can be kept."""
    is_new = not folder.exists()
    folder.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    cluster = Cluster(str(folder), is_new=is_new)
    cluster.start()
    try:
        yield cluster.url
    finally:
        cluster.stop("fast")


def measure(conversations: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "chatapp.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    settings.ALLOWED_HOSTS = ["*"]
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    if not User.objects.filter(username="reviewer0").exists():
        timed("made", lambda: make(conversations))
    client = Client()
    client.force_login(User.objects.get(username="reviewer0"))
    print(f"  {'ms':42}{'median':>8}{'worst':>8}{'at work':>9}")
    medians = [ask(client, name, f"{LIST}?{query}") for name, query in questions(client)]
    medians += [ask(client, *page) for page in embed_pages()]
    medians += [report(name, [clock(step) for _ in range(TIMES)]) for name, step in steps()]
    slow = sum(each > BOUND for each in medians)
    print(f"  {len(medians) - slow} of {len(medians)} under {BOUND} ms", flush=True)


def questions(client) -> list[tuple[str, str]]:
    """What is asked for: in words, and by the address."""
    from django.contrib.auth.models import User

    from bench.many_transcripts import FREQUENT, RARE
    from chatapp.admin.listing import PER_PAGE
    from chatapp.models import Summary, Tag
    from predictions.models import LanguageModel, Upstream

    tag, model = Tag.objects.first().id, LanguageModel.objects.first().id
    upstream, owner = Upstream.objects.first().id, User.objects.get(username="person1").id
    pages = -(-Summary.objects.count() // PER_PAGE)
    return [
        ("the list", ""),
        ("the last page", f"p={pages}"),
        ("the middle page", f"p={pages // 2}"),
        *((f"sorted by {name}", f"o={order}") for name, order in sorts(client)),
        *(
            (f"filtered: {filter}", filter)
            for filter in (
                *("when=today", "when=7", "when=30", "from=2000-01-01&to=2099-01-01"),
                *("who=accounts", "who=anonymous", f"person=account:{owner}"),
                *(f"model={model}", f"upstream={upstream}", "site=docs", "site=-"),
                *("status=running", "status=succeeded", "status=failed", "status=canceled"),
                *("error=yes", "error=interrupted", "rating=down", "rating=up", "rating=none"),
                *("stopped=yes", "slow=yes", "slow=no", "flagged=yes", "flagged=no"),
                *(f"tag={tag}", "reviewer=nobody", "reviewer=%s"),
                *("error=yes&rating=down", "site=docs&when=30", f"model={model}&flagged=yes"),
                *(f"tag={tag}&reviewer=nobody", "slow=yes&status=failed&o=-5"),
            )
        ),
        ("counts", "_facets=True"),
        ("counts, filtered", f"_facets=True&site=docs&model={model}"),
        ("counts, by date", "_facets=True&when=30"),
        ("counts, by tag", f"_facets=True&tag={tag}"),
        *(
            (f"search: {query}", f"q={query}")
            for query in (
                *(RARE, FREQUENT, f"{FREQUENT} {RARE}", f'"{FREQUENT} ba"', FREQUENT[:2]),
                *("nothing-like-it", f"{FREQUENT}&p=20", f"{FREQUENT}&flagged=yes"),
                *(f"{FREQUENT}&site=docs", f"{RARE}&site=docs", f"{FREQUENT}&tag={tag}"),
                *(f"{FREQUENT}&when=30", f"{FREQUENT}&slow=yes"),
            )
        ),
    ]


def sorts(client) -> Iterator[tuple[str, str]]:
    """As the headers of the list offer it."""
    from chatapp.admin.columns import Columns

    page = client.get(LIST).content.decode()
    for name in Columns.list_display:
        if getattr(getattr(Columns, name), "admin_order_field", None):
            order = re.search(rf'column-{name}[ "].*?\?o=-?(\d+)', page, re.DOTALL)[1]
            yield name, f"-{order}"
            yield f"{name}, the least first", order


def embed_pages() -> list[tuple[str, str]]:
    """The list of embed sites, the page of one with a large part of it all, and of a new one."""
    from django.contrib.auth.models import User
    from django.urls import reverse

    from chatapp.models import EmbedSite

    User.objects.filter(username="reviewer0").update(is_superuser=True)  # Reviewers see none
    pages = [("embed sites", reverse("admin:chatapp_embedsite_changelist"))]
    for name in ("docs", "a new one"):
        site, _ = EmbedSite.objects.get_or_create(name=name)
        page = reverse("admin:chatapp_embedsite_change", args=[site.pk])
        pages.append((f"embed site: {name}", page))
    return pages


def ask(client, name: str, address: str) -> float:
    from django.contrib.auth.models import User

    address = address.replace("%s", str(User.objects.get(username="reviewer1").id))

    def get() -> None:
        response = client.get(address)
        assert response.status_code == 200, (address, response.status_code, response.headers)

    get()
    return report(name, [clock(get) for _ in range(TIMES)])


def steps() -> list[tuple[str, Callable[[], object]]]:
    """What the broom does each half minute while the event log's writer waits."""
    from chatapp import search
    from chatapp.desk import summaries

    for step in (search.catch_up, summaries.catch_up):
        while step():
            pass
    return [
        ("a look for what the index missed", search.catch_up),
        ("a look for missed summaries", summaries.catch_up),
    ]


def clock(step: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds that it took, and that this process was at work."""
    began, at_work = time.perf_counter(), time.process_time()
    step()
    return (time.perf_counter() - began) * 1000, (time.process_time() - at_work) * 1000


def timed(what: str, step: Callable[[], object]) -> None:
    print(f"  {what} in {clock(step)[0] / 1000:.0f} s", flush=True)


def report(name: str, times: list[tuple[float, float]]) -> float:
    took, at_work = zip(*times, strict=True)
    median = statistics.median(took)
    verdict = "ok" if median <= BOUND else "SLOW"
    numbers = f"{median:8.0f}{max(took):8.0f}{statistics.median(at_work):9.0f}"
    print(f"  {name:42}{numbers}  {verdict}", flush=True)
    return median


if __name__ == "__main__":
    main()
