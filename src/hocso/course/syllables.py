"""What could be a Vietnamese syllable: by onset, rhyme and tone."""

import re
import unicodedata

TONES = "\u0300\u0301\u0303\u0309\u0323"
ONSET = "(?:ngh|ng|nh|kh|gh|gi|ph|th|tr|ch|qu|[bcdđghklmnpqrstvx])?"
# Every rhyme of Vietnamese; those that end in c, ch, p, t want the tone sắc or nặng.
OPEN_RHYMES = (
    "a ai am an ang anh ao au ay ăm ăn ăng âm ân âng âu ây e em en eng eo ê êm ên ênh êu "
    "i ia iêm iên iêng iêu im in inh iu o oa oai oam oan oang oanh oao oay oăm oăn oăng oe oen oeo "
    "oi om on ong oong ô ôi ôm ôn ông ơ ơi ơm ơn u ua uân uâng uây uê uênh ui um un ung uôi uôm uôn uông uy "
    "uya uyên uynh uyu uơ ư ưa ưi ưm ưn ưng ươi ươm ươn ương ươu ưu y yêm yên yêng yêu ynh"
)
STOPPED_RHYMES = (
    "ac ach ap at ăc ăp ăt âc âp ât ec ep et êch êp êt ich iêc iêp iêt ip it oac oach oap oat oăc oăt oc oet "
    "op ot ooc ôc ôp ôt ơp ơt uât uc uêch uôc uôt up ut uych uyêt uyt ưc ưt ươc ươp ươt yêt yt"
)
OPEN = re.compile(f"{ONSET}(?:{'|'.join(OPEN_RHYMES.split())})")
STOPPED = re.compile(f"{ONSET}(?:{'|'.join(STOPPED_RHYMES.split())})")


def is_vietnamese(word: str) -> bool:
    """Whether each part of the word could be a Vietnamese syllable."""
    return all(map(_is_syllable, word.lower().split("-")))


def _is_syllable(word: str) -> bool:
    marks = unicodedata.normalize("NFD", word)
    tones = [mark for mark in marks if mark in TONES]
    bare = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in TONES))
    if STOPPED.fullmatch(bare):
        return tones in (["\u0301"], ["\u0323"])
    return len(tones) <= 1 and bool(OPEN.fullmatch(bare))
