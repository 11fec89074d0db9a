def test_it_opens(reviewer):
    assert reviewer.get("/admin/chatapp/transcript/").status_code == 200
