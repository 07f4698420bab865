"""Texts that break careless software."""

# Subject and body, by the name of the recipe.
STRANGE = {
    "right_to_left": (
        "תזכורת: \u202bالاجتماع يوم الخميس\u202c (room 7)",
        "שלום לכולם,\r\n\r\nالرجاء إرسال الملفات قبل يوم الأحد. Order 4711 bleibt \u200fלא\u200e offen.",
    ),
    "emoji": (
        "Party 🎉 on Friday 👩‍👩‍👧‍👦 🏳️‍🌈",
        "We bring 🍰 and 🧃.\r\n\r\nZoe\u0308 brings 🪗, Zo\u00eb does not. \ufeffSee you! \U0001f9d1\u200d\U0001f4bb",
    ),
    "script": (
        'Hello <script>alert("subject")</script> & "you"',
        'Look <script>alert("here")</script><img src=x onerror="alert(1)"> <a href="javascript:x()">there</a>.',
    ),
    "ransom": (
        "!!! YOUR FILES ARE ENCRYPTED !!!",
        "All your mails and files are locked.\r\n\r\nPay 3 coins within 72 hours or they are lost.",
    ),
}
