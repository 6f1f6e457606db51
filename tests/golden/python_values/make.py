"""Makes values.json: what Python writes for 100,000 random values, as a hash for each thousand and a few in full.

    python3 make.py > values.json

A value's text is repr(v), json.dumps(v, ensure_ascii=False), json.dumps(v), and json.dumps(v, ensure_ascii=False, indent=2,
sort_keys=True), each with a line break behind it; hashed are the UTF-16 bytes of a thousand texts. The same generator stands in the test.
"""

import hashlib
import json
import struct
import sys

MASK = (1 << 64) - 1
SPECIAL = [0xA0, 0xAD, 0x378, 0x600, 0x61C, 0x200B, 0x200E, 0x2028, 0x2029, 0x202F, 0x3000, 0xD800, 0xDBFF, 0xDC00, 0xDFFF,
           0xE000, 0xF8FF, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1D7CE, 0x2FFFE, 0xE0001, 0xF0000, 0x10FFFF]


class Random:
    """splitmix64"""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        return self.next() % bound


def text(random):
    characters = []
    for _ in range(random.below(12)):
        match random.below(8):
            case 0 | 1:
                code = 0x20 + random.below(0x5F)
            case 2:
                code = b"'\"\\/\n\r\t\b\f\x7f"[random.below(10)]
            case 3:
                code = random.below(0x20)
            case 4:
                code = 0x80 + random.below(0x80)
            case 5:
                code = 0x4E00 + random.below(0x5000)
            case 6:
                code = 0x1F600 + random.below(0x40)
            case _:
                code = SPECIAL[random.below(len(SPECIAL))]
        characters.append(chr(code))
        if 0xD800 <= code < 0xDC00:
            characters.append("x")  # so that two halves never meet
    return "".join(characters)


def signed(random, value):
    return -value if random.below(2) else value


def value(random, depth):
    kind = random.below(12 if depth else 10)
    match kind:
        case 0:
            return random.below(20001) - 10000
        case 1:
            shift = random.below(64)
            return signed(random, random.next() >> shift)
        case 2:
            whole = 0
            for _ in range(2 + random.below(7)):
                whole = (whole << 64) | random.next()
            return signed(random, whole)
        case 3 | 4:
            return struct.unpack("<d", struct.pack("<Q", random.next()))[0]
        case 5:
            digits = random.below(10 ** (1 + random.below(17)))
            exponent = random.below(51) - 25
            return signed(random, float(f"{digits}e{exponent}"))
        case 6:
            digits = random.below(1 << 53)
            return signed(random, digits / 10.0 ** random.below(20))
        case 7:
            exponent = random.below(2046)
            return signed(random, struct.unpack("<d", struct.pack("<Q", exponent << 52))[0])  # powers of two
        case 8:
            return [None, True, False, 0, -0.0, 0.0, 1e16, 1e15, 1e-4, 1e-5, 1e22, 1e23, 5e-324][random.below(13)]
        case 9:
            return text(random)
        case 10:
            return [value(random, depth - 1) for _ in range(random.below(5))]
        case _:
            count = random.below(5)
            return {f"{random.below(1000)}{text(random)}{i}": value(random, depth - 1) for i in range(count)}


def written(v):
    return "".join(line + "\n" for line in (
        repr(v), json.dumps(v, ensure_ascii=False), json.dumps(v), json.dumps(v, ensure_ascii=False, indent=2, sort_keys=True)))


def main():
    random = Random(20250711)
    hashes, first = [], []
    for block in range(100):
        texts = [written(value(random, 2)) for _ in range(1000)]
        hashes.append(hashlib.sha256("".join(texts).encode("utf-16-le", "surrogatepass")).hexdigest()[:24])
        first += [t if t.isascii() or not any("\ud800" <= c < "\ue000" for c in t) else None for t in texts[:1 if block else 20]]
    json.dump({"python": sys.version.split()[0], "first": first, "hashes": hashes}, sys.stdout, indent=0)
    print()


main()
