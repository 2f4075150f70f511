"""A response to each kind of exercise and question, chosen blindly among what its page offers."""

from random import Random


def respond(kind: str, state: dict, chance: Random) -> object:
    """What the page would send for a widget's or question's `state` ("view", and for a phone task its
    "response" and "feedback"): right, partly right or wrong, never malformed."""
    view = state["view"]
    keys = [option["key"] for option in view.get("options", ()) if option["key"] is not None]
    match kind:
        case "one_choice" | "chart":
            return chance.choice(keys)
        case "several_choices" | "find_mistakes":
            return chance.sample(keys, chance.randint(1, len(keys)))
        case "phone_screen":
            return chance.sample(keys, chance.randint(1, len(keys)) if view["several"] else 1)
        case "put_in_order":
            return chance.sample(keys, len(keys))
        case "two_piles" | "inbox":
            piles = [pile["key"] for pile in view["piles"]]
            return {card: chance.choice(piles) for card in keys}
        case "match":
            sides = [side["key"] for side in view["sides"]]
            return dict(zip(keys, chance.sample(sides, len(sides)), strict=False))
        case "fill_gaps":
            gaps = [part for line in view["lines"] for part in line["parts"] if "key" in part]
            return {gap["key"]: chance.choice(gap["options"])["key"] for gap in gaps}
        case "number":
            return str(chance.randint(1, 100))
        case "password":
            return chance.choices(keys, k=chance.randint(1, view["most"]))
        case "phone_task":
            return _tap(view, state, chance)
    raise LookupError(f"no response for {kind}")


def _tap(view: dict, state: dict, chance: Random) -> list[str]:
    """The taps so far that led on, and one more on the screen that they led to."""
    wrong = state["feedback"].get("marks", {})
    good = [key for key in state["response"] or () if key not in wrong]
    at = state["feedback"].get("at", 0)
    if at == view["total"]:
        good, at = [], 0
    on_screen = [option["key"] for option in view["screens"][at]["options"]]
    return [*good, chance.choice([key for key in on_screen if key is not None and key not in good])]
