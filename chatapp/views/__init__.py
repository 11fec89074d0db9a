"""The pages. Each view is one idea; what it does is a verb of the models.

Every object is looked up through `for_request`: what belongs to somebody else is a 404.
A POST from the page's script (Accept: application/json) is answered with fragments of the page,
the same POST from a plain form with a redirect.
"""
