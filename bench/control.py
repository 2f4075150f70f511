"""A fair control for bursts: stock Voilà, told to keep what Jinja has compiled and to render no more than
four pages at once. Takes the arguments of `voila`."""

import asyncio

import jinja2
from nbconvert.exporters.templateexporter import TemplateExporter
from voila.app import main
from voila.tornado.handler import TornadoVoilaHandler

AT_ONCE = 4


class Compiled(jinja2.BytecodeCache):
    """Compiled templates, kept in memory; Voilà makes a new Jinja environment for each page."""

    def __init__(self):
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket):
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket):
        self.kept[bucket.key] = bucket.bytecode_to_string()


def keep_templates() -> None:
    create, compiled = TemplateExporter._create_environment, Compiled()

    def with_cache(self):
        environment = create(self)
        environment.bytecode_cache = compiled
        return environment

    TemplateExporter._create_environment = with_cache


def limit_renders() -> None:
    get, turn = TornadoVoilaHandler.get, asyncio.Semaphore(AT_ONCE)

    async def in_turn(self, path=None):
        async with turn:
            await get(self, path)

    TornadoVoilaHandler.get = in_turn


if __name__ == "__main__":
    keep_templates()
    limit_renders()
    main()
