"""A hash in words: one of 256 for each byte, so that two people can compare it by voice."""

from typing import Final

__all__ = ["WORDS", "words"]

_TEXT: Final = """
acid acorn actor adobe agent album alley amber anchor angle apple april apron arch arena arrow atlas aunt
autumn axis bacon badge bagel bamboo banjo barn basil beach beaver beetle bell berry bicycle birch blanket
boat bonfire boot bottle bowl bracket brick bridge broom bucket buffalo bulb butter cabin cactus camel
candle canoe carpet castle cedar cello chalk cherry chimney circus clay clover coconut comet copper coral
cotton cradle crane cricket crown crystal cuckoo curtain cushion dagger daisy dancer denim desert diamond
dinner doctor dolphin domino donkey dragon drum eagle easel echo eclipse elbow elephant ember engine falcon
farmer feather fender ferry fiddle finger flamingo flute fog forest fossil fountain fox galaxy garden garlic
ginger giraffe glacier glove goblet gorilla granite grape guitar hammer harbour harp hazel hedge helmet
heron hippo honey hornet hotel igloo index ink iron island ivory jacket jaguar jasmine jelly jewel jungle
kayak kettle kidney kitten koala ladder lagoon lantern lemon leopard lettuce lilac linen lizard lobster
lotus magnet mango maple marble meadow melon mirror mitten monkey moss mountain muffin mustard napkin nectar
needle nickel noodle nutmeg oak oasis ocean olive onion orchid otter oven oyster paddle panda parrot peanut
pebble pelican pencil pepper piano pigeon pillow pirate planet plum pocket poppy potato pumpkin puzzle
quartz quilt rabbit radar radish raven ribbon river robot rocket saddle salmon sandal saturn scarf sheriff
shovel silver slipper spider sponge squirrel statue sunset table teapot thunder tiger tomato trumpet tulip
tunnel turtle umbrella vanilla velvet violin volcano wagon walnut whale willow window winter yogurt zebra
zipper
"""
WORDS: Final = tuple(_TEXT.split())
"""In alphabetical order; the word of a byte never changes."""


def words(data: bytes) -> str:
    """One word for each byte, with blanks between."""
    return " ".join(WORDS[byte] for byte in data)
