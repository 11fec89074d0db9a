from chatapp.models.trees import Tree

TREE = Tree(
    [
        ("one", None, "user"),
        ("first", "one", "assistant"),
        ("two", "first", "user"),
        ("second", "one", "assistant"),
        ("other", "first", "user"),
        ("end", "other", "assistant"),
    ]
)


def test_a_path_leads_from_the_first_message_to_the_head():
    assert TREE.path("end") == ["one", "first", "other", "end"]
    assert TREE.path(None) == TREE.path("unknown") == []


def test_a_leaf_is_found_by_the_newest_replies():
    assert TREE.leaf("first") == "end"
    assert TREE.leaf(None) == "second"


def test_variants_were_said_in_the_same_place():
    assert TREE.variants("first") == ["first", "second"]
    assert TREE.variants("end") == ["end"]
