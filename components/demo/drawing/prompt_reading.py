"""PURE: what the demo gateway understands of a prompt: subjects, place, hour, colours."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from components.demo.drawing.shapes import RGB

Place = Literal[
    "hills", "mountains", "sea", "city", "space", "table", "forest", "desert", "abstract"
]
Hour = Literal["day", "dawn", "sunset", "night"]
Weather = Literal["", "rain", "snow"]

# Beyond this the words cannot change the picture: it holds five subjects and one title.
READ_AT_MOST = 4000
SUBJECTS_AT_MOST = 3
COPIES_AT_MOST = 5

# subject -> (the place that goes with it, words that mean it)
_SUBJECTS: dict[str, tuple[Place, str]] = {
    "hummingbird": ("hills", "hummingbird kolibri colibri"),
    "dragon": ("mountains", "dragon wyvern monster dinosaur"),
    "bear": ("forest", "bear panda teddy koala"),
    "rabbit": ("hills", "rabbit bunny hare"),
    "owl": ("forest", "owl owlet"),
    "bird": ("hills", "bird robin sparrow parrot finch wren songbird raven crow eagle duck penguin "
                      "chicken toucan flamingo"),
    "cat": ("hills", "cat kitten kitty tabby tiger lion leopard panther lynx"),
    "fox": ("forest", "fox vixen wolf"),
    "dog": ("hills", "dog puppy corgi poodle hound terrier labrador retriever dachshund beagle"),
    "whale": ("sea", "whale orca dolphin"),
    "fish": ("sea", "fish goldfish koi salmon shark tuna"),
    "butterfly": ("hills", "butterfly moth butterflies"),
    "astronaut": ("space", "astronaut cosmonaut spaceman spacewoman"),
    "robot": ("city", "robot android droid cyborg mech"),
    "person": ("hills", "person man woman girl boy child wanderer king queen wizard witch "
                        "knight detective farmer sailor traveler traveller people scientist"),
    "lighthouse": ("sea", "lighthouse beacon"),
    "castle": ("mountains", "castle palace fortress tower"),
    "boat": ("sea", "boat ship sailboat yacht sailing sail ferry"),
    "rocket": ("space", "rocket spaceship spacecraft shuttle"),
    "planet": ("space", "planet saturn jupiter galaxy universe"),
    "balloon": ("mountains", "balloon zeppelin airship"),
    "car": ("city", "car automobile taxi beetle vehicle truck bus"),
    "bicycle": ("hills", "bicycle bike cyclist"),
    "cup": ("table", "cup coffee tea espresso latte cappuccino mug cocoa teacup breakfast"),
    "cake": ("table", "cake birthday dessert cupcake muffin pastry"),
    "banana": ("table", "banana bananas fruit"),
    "sign": ("city", "sign signpost billboard shopfront storefront signage placard"),
    "house": ("hills", "house cottage home cabin hut barn farm village"),
    "mushroom": ("forest", "mushroom toadstool fungus fungi"),
    "cactus": ("desert", "cactus cacti saguaro succulent"),
    "flower": ("hills", "flower rose tulip daisy sunflower blossom poppy lily orchid bouquet "
                        "botanical"),
    "pine": ("forest", "pine fir spruce christmas"),
    "tree": ("hills", "tree oak apple orchard willow"),
    "heart": ("abstract", "heart love valentine"),
    "star": ("hills", "star"),
}  # fmt: skip

_PLACES: dict[Place, str] = {
    "mountains": "mountain alps peak summit cliff volcano canyon glacier everest",
    "sea": "sea ocean beach wave coast harbour harbor island lake river water underwater surf bay",
    "city": "city street skyline town downtown tokyo paris london york metropolis neon cyberpunk "
            "skyscraper urban cafe shop",
    "space": "space moon cosmos cosmic nebula orbit mars asteroid stellar",
    "table": "table kitchen desk still food picnic bowl vase",
    "forest": "forest wood woodland jungle grove woods rainforest",
    "desert": "desert dune sahara sand oasis",
    "hills": "hill field meadow garden landscape valley countryside park prairie lawn grass",
    "abstract": "abstract pattern geometric fractal collage",
}  # fmt: skip

_HOURS: dict[Hour, str] = {
    "night": "night midnight dark moonlight moonlit starry nocturnal neon stars noir moon",
    "sunset": "sunset dusk evening twilight golden-hour autumn fall",
    "dawn": "dawn sunrise morning misty spring fog foggy mist",
    "day": "day noon midday sunny",
}
_WEATHERS: dict[Weather, str] = {
    "snow": "snow snowy winter ice icy blizzard frost frozen christmas",
    "rain": "rain rainy storm stormy drizzle",
}
_NUMBERS = {"two": 2, "pair": 2, "couple": 2, "three": 3, "trio": 3, "four": 4, "five": 5, "2": 2,
            "3": 3, "4": 4, "5": 5, "six": 5, "seven": 5, "many": 5, "several": 3, "flock": 5,
            "dozen": 5}  # fmt: skip
_COLOURS: dict[str, RGB] = {
    "red": (222, 58, 50), "scarlet": (214, 40, 40), "crimson": (178, 24, 58),
    "orange": (242, 130, 38), "amber": (245, 166, 35), "gold": (230, 172, 40),
    "golden": (230, 172, 40), "yellow": (250, 206, 44), "lime": (160, 208, 52),
    "green": (52, 152, 84), "emerald": (16, 150, 104), "olive": (128, 128, 50),
    "mint": (138, 214, 180), "teal": (16, 140, 140), "turquoise": (48, 192, 190),
    "cyan": (44, 190, 214), "blue": (46, 110, 196), "navy": (30, 52, 110),
    "azure": (72, 150, 226), "indigo": (72, 62, 160), "violet": (126, 82, 190),
    "purple": (132, 68, 166), "lilac": (186, 154, 218), "lavender": (176, 158, 222),
    "magenta": (206, 48, 140), "pink": (244, 134, 170), "coral": (248, 118, 100),
    "salmon": (246, 142, 118), "peach": (252, 186, 148), "brown": (132, 84, 54),
    "copper": (184, 106, 62), "bronze": (166, 118, 62), "ginger": (222, 124, 48),
    "beige": (222, 204, 170), "cream": (248, 234, 204), "white": (246, 242, 234),
    "silver": (176, 184, 194), "grey": (140, 146, 154), "gray": (140, 146, 154),
    "black": (44, 44, 54), "maroon": (122, 30, 50), "sapphire": (28, 84, 176),
    "ruby": (184, 20, 66),
}  # fmt: skip

_COUNTS = {2: "two", 3: "three", 4: "four", 5: "five"}
_MANY = {"fish": "fish", "butterfly": "butterflies", "person": "people",
         "balloon": "hot-air balloons", "cactus": "cacti", "cup": "steaming cups"}  # fmt: skip
_WHERE: dict[Place, str] = {
    "hills": "rolling hills", "mountains": "mountains", "sea": "the sea", "city": "a city",
    "space": "outer space", "table": "a table by the window", "forest": "a forest",
    "desert": "a desert", "abstract": "a play of shapes",
}  # fmt: skip
_WHEN: dict[Hour, str] = {
    "day": "", "dawn": " at dawn", "sunset": " at sunset", "night": " at night"
}  # fmt: skip

_WORD_OF: dict[str, str] = {
    w: name for name, (_, words) in _SUBJECTS.items() for w in words.split()
}
_PLACE_OF: dict[str, Place] = {w: name for name, words in _PLACES.items() for w in words.split()}
_HOUR_OF: dict[str, Hour] = {w: name for name, words in _HOURS.items() for w in words.split()}
_WEATHER_OF: dict[str, Weather] = {
    w: name for name, words in _WEATHERS.items() for w in words.split()
}
_TOKEN = re.compile(r"[a-z]+|\d")
_QUOTED = re.compile(r"[\"“«‘]([^\"“”«»‘’]{1,60})[\"”»’]|'([^']{2,60})'(?![a-z])")
_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
                        "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ı": "i",
                        "—": "-", "–": "-", "−": "-", "×": "x"})  # fmt: skip
# What the bundled typeface has beyond ASCII.
_HAS_GLYPH = frozenset("©«°±´·»‘’“”…‹›⁄™")


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be drawn."""

    title: str  # the prompt's words as far as they can be set in type; may be empty
    subjects: tuple[tuple[str, int], ...]  # name and how many, in the order of the prompt
    place: Place
    hour: Hour
    weather: Weather
    colours: tuple[RGB, ...]
    lettering: str  # what stands in quotation marks in the prompt, or nothing

    @property
    def summary(self) -> str:
        """What is drawn, in words of this module only, for the companion text."""
        things = [
            f"{_COUNTS[count]} {_MANY.get(name, name + 's')}"
            if count > 1
            else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
            for name, count in self.subjects
        ]
        return f"{' and '.join(things) or _WHERE[self.place]}{_WHEN[self.hour]}"


def typeable(text: str) -> str:
    """`text` with only such characters as the bundled typeface can set, in single spaces.

    Accents are taken off; what has no glyph at all (other scripts, emoji, control characters)
    becomes a space rather than an empty box.
    """
    folded = unicodedata.normalize("NFKD", text.translate(_SPELT))
    kept = (
        c if " " <= c <= "~" or c in _HAS_GLYPH else "" if unicodedata.combining(c) else " "
        for c in folded
    )
    return " ".join("".join(kept).split())


def read_prompt(prompt: str) -> Scene:
    """The scene that a prompt asks for. Any text gives one; unknown words leave it abstract."""
    return _read(prompt[:READ_AT_MOST])


@lru_cache(maxsize=64)
def _read(prompt: str) -> Scene:
    title = typeable(prompt)
    words = _TOKEN.findall(title.lower())
    subjects: dict[str, int] = {}
    colours: list[RGB] = []
    places: list[Place] = []
    hours: list[Hour] = []
    weather: Weather = ""
    count = 1
    for word in words:
        stem = _stem(word)
        count = _NUMBERS.get(word, count)
        if stem in _COLOURS:
            colours.append(_COLOURS[stem])
        if name := _WORD_OF.get(stem):
            if len(subjects) < SUBJECTS_AT_MOST:
                subjects[name] = max(subjects.get(name, 1), count)
            count = 1
        if place := _PLACE_OF.get(stem):
            places.append(place)
        if hour := _HOUR_OF.get(stem):
            hours.append(hour)
        weather = weather or _WEATHER_OF.get(stem, "")
    if "hummingbird" in subjects:
        subjects.pop("bird", None)
    place = places[0] if places else _place_of(subjects)
    quoted = _QUOTED.search(title)
    return Scene(
        title=title,
        subjects=tuple(subjects.items()),
        place=place,
        hour=hours[0] if hours else "night" if place == "space" else "day",
        weather=weather,
        colours=tuple(dict.fromkeys(colours))[:4],
        lettering=(quoted.group(1) or quoted.group(2)).strip() if quoted else "",
    )


def _place_of(subjects: dict[str, int]) -> Place:
    return next((_SUBJECTS[name][0] for name in subjects), "abstract")


def _stem(word: str) -> str:
    known = (_WORD_OF, _PLACE_OF, _HOUR_OF, _WEATHER_OF, _COLOURS)
    for form in (word, word.removesuffix("s"), word.removesuffix("es"), word[:-3] + "y"):
        if any(form in words for words in known):
            return form
    return word
