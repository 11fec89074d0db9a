"""The parts that stories are made of: any opening goes with any call, meeting, turn and ending."""

NAMES = ["Nilo", "Wren", "Oda", "Tobin", "Isolde", "Mika", "Bram", "Lumi", "Perpetua", "Cato"]
CREATURES = ["llama", "fox", "heron", "clockmaker", "lighthouse keeper", "hedgehog", "ferryman"]
PLACES = [
    "a valley where the fog came down to drink",
    "a village with more bridges than people",
    "the last house before the sea",
    "a town that kept its clocks ten minutes slow, out of kindness",
]
WISHES = [
    "the place where the river begins",
    "a word that nobody had used yet",
    "the other end of the rainbow, the one without the gold",
    "the quietest sound in the world",
]
TITLES = ["$name and the Long Way Round", "What $name Found", "$name Goes Upstream"]

OPENINGS = [
    "In $place there lived $a_creature named $name, who was known for two things: asking questions "
    "at breakfast, and never being content with the answers by supper.",
    "Nobody remembered when $name had come to $place. One spring there was simply $a_creature on "
    "the doorstep, shaking off the rain, asking whether there was soup. There was. So "
    "$name stayed.",
    "There was once $a_creature named $name, not very large and not very brave, who lived "
    "in $place "
    "and had read every book in it. There were four.",
]
CALLS = [
    "One morning $name woke up with a wish, the way others wake up with a cold. It was a wish to "
    "find $wish. By noon it had not gone away. By evening there was a bag beside the door, with "
    "bread in it, and a lantern, and a spoon, because one never knows.",
    "It began with a letter. It had no stamp and no sender, and it held a single line: *If you are "
    "looking for $wish, you had better start walking.* $name had not known that anyone "
    "was looking. "
    "But the shoes by the door seemed to have known all along.",
    'The trouble with $name was a wish: to find $wish. "Nobody has found that," said the baker. '
    '"Nobody has looked on a Tuesday," said $name, for it was a Tuesday, and set out.',
]
MEETINGS = [
    'At the first bridge sat an old woman, mending a net that was mostly holes. "Which way?" asked '
    '$name. She pointed with her needle at the water. "Everything that matters comes down that '
    'stream, a little at a time. People who want it all at once get only wet." $name thanked her, '
    "held the lantern while she found her thread, and walked on against the current.",
    "In the wood an owl was counting the stars and kept losing its place. $name sat down and held "
    "up one finger for every hundred. When they ran out of fingers they began again, and neither "
    'of them minded. Towards morning the owl said: "Four thousand and six. I always thought it '
    'was the counting I liked. It was the company."',
    "On the third day it rained, and $name took shelter in a barn with a travelling piano "
    "tuner, who "
    'carried no tools, only a good ear. "I do not repair them," he explained. "I listen until they '
    'are ashamed of themselves." They shared the bread. The rain played something slow on the '
    "roof, and for once it was perfectly in tune.",
    "Beyond the hills lay a market where nothing was sold but hours. A thin man offered $name "
    'three of them, hardly used, from somebody\'s summer. "And what do they cost?" "The '
    'same," said '
    "the man, and sighed, for it was an honest market and a poor one. $name gave him the "
    "spoon, which he had been wanting for years.",
    "Where the path ended a gate stood in the middle of a field, with no fence on either side. "
    "$name could have walked round it. But there was a bell, and a card that said *Please*, and so "
    '$name rang, and waited, and was let in by a child who said, very seriously: "You are the '
    'first one who asked."',
]
TURNS = [
    "And then, quite suddenly, there was no further to go. The way stopped at a small pool under a "
    "stone. $name leaned over it and saw the moon, a lantern, and the face of $a_creature who had "
    "come a long way. The water said nothing. It only kept on arriving, drop after drop, as it had "
    "all night, as though it had never heard of hurrying.",
    "On the last evening the lantern went out. $name stood in the dark, and was afraid, and then "
    "was only curious, for the dark was full of small sounds: a leaf, a breath, water over stones. "
    "They had been there all the way. It had been the lantern that was too loud.",
    "At the top of the hill there was nothing but wind, and a bench, and somebody sitting "
    "on it who "
    'looked up and said: "There you are. I have been looking for you since Tuesday." It was the '
    "baker, out of breath, with flour still in his hair and a warm loaf under his coat.",
]
ENDINGS = [
    "$name walked home more slowly than was needed. When people asked about $wish, the "
    "$creature would smile and begin at the beginning; and it was noticed that the story grew a "
    "little each time, as rivers do, from all that ran into it on the way.",
    "They never did hang a sign on it, or draw it on a map. But if you come to that place on a "
    "quiet night, and do not ask for too much at once, you may hear it: one small thing, and "
    "then another, and then another, until it is a story.",
    "And $wish? Oh, $name had found it; it was not even very far. But that is the kind of "
    "thing one can only be told while walking. So take your coat. Bring a spoon.",
]
