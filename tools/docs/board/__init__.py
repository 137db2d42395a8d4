"""The JSON Schema of the board that `/api/v1/board` serves: `pantau.board/1`.

Declared here because `stream.board.document` writes plain dictionaries, once a second and fast; a test holds
what it writes to this schema, which allows nothing more and nothing less.
"""
