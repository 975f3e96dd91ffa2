"""Counts phrases in the text on standard input with pyahocorasick, in a loop: the script that an analyst would write.

Lower case, white space made single spaces, a hit counts where no letter or digit stands beside it. Prints the hits."""
import re
import sys

import ahocorasick

automaton = ahocorasick.Automaton()
with open(sys.argv[1], encoding="utf-8") as phrases:
    for phrase in phrases:
        phrase = phrase.rstrip("\n")
        automaton.add_word(phrase, len(phrase))
automaton.make_automaton()
text = sys.stdin.buffer.read().decode("utf-8")
hits = 0
for paragraph in text.split("\n\n"):
    paragraph = re.sub(r"\s+", " ", paragraph.lower())
    for end, length in automaton.iter(paragraph):
        start = end - length + 1
        if (start == 0 or not paragraph[start - 1].isalnum()) and (end + 1 == len(paragraph) or not paragraph[end + 1].isalnum()):
            hits += 1
print(hits)
