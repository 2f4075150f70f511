"""Pictures of every step of every lesson, as a phone and a projector show them, and contact sheets of them.

    python -m tests.e2e.screenshots http://localhost:8866 FOLDER [LESSON ...]

Looks at a running server as somebody who tries the lessons, so that nothing is recorded.
"""

import argparse
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from hocso.course import load_catalogue
from hocso.course.catalogue import Lesson
from tests.conftest import CHROMIUM_OPTIONS, KIT, chromium

# Of the window, and of its pictures on a contact sheet.
PHONE = ({"width": 360, "height": 740}, 200, 7)
PROJECTOR = ({"width": 1280, "height": 720}, 400, 4)
GAP = 12
# What stays in place while the page is scrolled would stand in the middle of a picture.
CALM = ".steps-nav, .steps-bar { position: static !important } .sample { display: none }"


def take(page: Page, lesson: Lesson, folder: Path) -> list[Path]:
    """A picture of each step, whole."""
    page.goto(f"/hoc/{lesson.id}", wait_until="load")
    page.locator(".output[data-model] > .opening").last.wait_for(state="detached")
    page.add_style_tag(content=CALM)
    pictures = []
    for number, step in enumerate(lesson.steps, start=1):
        page.evaluate("(step) => { location.hash = step }", step.id)
        place = page.locator(f"#{step.id}")
        place.wait_for()
        place.evaluate(
            "(place) => Promise.all([...place.querySelectorAll('img')].map((one) => one.decode()))"
        )
        pictures.append(folder / f"{lesson.track}-{lesson.number:02d}-{number:02d}-{step.id}.png")
        page.screenshot(path=pictures[-1], full_page=True)
    return pictures


def contact_sheet(pictures: list[Path], width: int, columns: int) -> Image.Image:
    small = []
    for path in pictures:
        with Image.open(path) as image:
            small.append(image.convert("RGB").resize((width, round(image.height * width / image.width))))
    rows = [small[first : first + columns] for first in range(0, len(small), columns)]
    heights = [max(image.height for image in row) + GAP for row in rows]
    sheet = Image.new("RGB", (columns * (width + GAP), sum(heights)), "#777777")
    for number, row in enumerate(rows):
        for column, image in enumerate(row):
            sheet.paste(image, (column * (width + GAP), sum(heights[:number])))
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", help="address of a running server, such as http://localhost:8866")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "lessons", nargs="*", help="ids such as ky-nang-so/mat-khau-va-otp; all, if none is named"
    )
    asked = parser.parse_args()
    catalogue = load_catalogue(KIT)
    lessons = [catalogue.lesson(one) for one in asked.lessons] or catalogue.lessons
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
        for viewport, width, columns in (PHONE, PROJECTOR):
            folder = asked.folder / str(viewport["width"])
            folder.mkdir(parents=True, exist_ok=True)
            page = browser.new_page(
                viewport=viewport, base_url=asked.server, reduced_motion="reduce", bypass_csp=True
            )
            for lesson in lessons:
                pictures = take(page, lesson, folder)
                name = f"{lesson.track}-{lesson.number:02d}-{viewport['width']}.png"
                contact_sheet(pictures, width, columns).save(asked.folder / name)
                print(asked.folder / name)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
