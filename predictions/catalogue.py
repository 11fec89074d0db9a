from predictions.models import *
from predictions.upstreams.schemas import streaming_schema


def install():
    u, _ = Upstream.objects.get_or_create(name="demo", defaults={"kind": "demo"})
    m, _ = LanguageModel.objects.get_or_create(owner="meta", name="llama-2-70b-chat")
    for id in [
        "2c1608e18606fad2812020dc541930f2d0495ce32eee50074220b87300bc16e1",
        "58d078176e02c219e11eb4da5a02a7830a283b14cf8f94537af893ccff5ee781",
    ]:
        Version.objects.get_or_create(
            id=id,
            defaults=dict(
                model=m,
                upstream=u,
                openapi_schema=streaming_schema(
                    {"prompt": {"type": "string"}, "max_new_tokens": {"type": "integer"}},
                    ("prompt",),
                ),
            ),
        )
