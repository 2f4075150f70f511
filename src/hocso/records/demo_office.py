"""The staff's side of the sample data: documents, tasks, activities, businesses, communicators."""

import random
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from . import populations
from .clock import VIETNAM
from .models import Hamlet, Learner
from .populations import COMMUNICATORS
from .register_models import Activity, ActivityPerson, Business, BusinessPerson, Document, ScienceTask
from .registers import CHANNELS

# Days ago received, and days until it was published; None: not yet.
DOCUMENTS = [(150, 3), (121, 4), (96, 12), (74, 2), (52, 5), (31, 1), (16, None), (2, None)]
TASKS = [
    ("Trồng lúa giảm phát thải mẫu", 20),
    ("Nhật ký ao nuôi điện tử mẫu", None),
    ("Sấy nông sản mẫu", None),
]
BUSINESSES = {
    "doanh-nghiep": "Công ty Mẫu",
    "hop-tac-xa": "Hợp tác xã Mẫu",
    "trang-trai": "Trang trại Mẫu",
    "dich-vu": "Cửa hàng Mẫu",
}
ACTIVITIES = 12


def fill_registers(
    session: Session,
    rng: random.Random,
    places: list[Hamlet],
    people: list[Learner],
    source: str,
    now: datetime,
) -> None:
    """Put sample rows into the staff's registers, and mark four of `people` as communicators."""
    today = now.astimezone(VIETNAM).date()
    stamps = {"created_at": now, "updated_at": now}
    for number, (ago, published_after) in enumerate(DOCUMENTS, start=1):
        received = today - timedelta(days=ago)
        session.add(
            Document(
                number=f"{number}/VB-MAU",
                title=f"Văn bản mẫu số {number} về Nghị quyết 57",
                issued_on=received - timedelta(days=2),
                received_on=received,
                published_on=None if published_after is None else received + timedelta(days=published_after),
                **stamps,
            )
        )
    for title, communicated in TASKS:
        session.add(
            ScienceTask(
                title=title,
                led_by="Đơn vị Mẫu",
                begun_on=today - timedelta(days=200),
                communicated_on=None if communicated is None else today - timedelta(days=communicated),
                channel=None if communicated is None else "hoi-nghi",
                **stamps,
            )
        )
    for number in range(ACTIVITIES):
        kind = list(CHANNELS)[number % len(CHANNELS)]
        activity = Activity(
            kind=kind,
            title=f"Hoạt động mẫu {number + 1}",
            held_on=today - timedelta(days=rng.randrange(5, 150)),
            reach=None if number % 7 == 6 else rng.randrange(20, 400),
            **stamps,
        )
        session.add(activity)
        session.flush()
        if kind == "hoi-nghi":
            session.add_all(
                ActivityPerson(activity_id=activity.id, learner_id=one.id, recorded_at=now)
                for one in rng.sample(people, 10)
            )
    workers = [one for one in people if one.group == "nguoi-lao-dong"]
    for number, (kind, name) in enumerate(BUSINESSES.items()):
        business = Business(
            name=name, kind=kind, hamlet_id=places[number % len(places)].id,
            since=today - timedelta(days=900), **stamps,
        )  # fmt: skip
        session.add(business)
        session.flush()
        session.add(BusinessPerson(business_id=business.id, learner_id=workers[number].id, recorded_at=now))
    for one in people[:4]:
        one.communicator = True
    for place in places:
        populations.set_population(session, place.id, COMMUNICATORS, today.year, 2, source, now=now)
