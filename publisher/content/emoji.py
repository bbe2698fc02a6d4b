"""Emoji by the names that GitHub gave them (``:tada:``): those that posts use most.

A name that is not here stays as it was typed.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from markdown.inlinepatterns import InlineProcessor

_TABLE = """
+1 👍 -1 👎 100 💯 airplane ✈️ alarm_clock ⏰ angry 😠 apple 🍎 arrow_down ⬇️
arrow_left ⬅️ arrow_right ➡️ arrow_up ⬆️ art 🎨 balloon 🎈 bangbang ‼️ bear 🐻
beer 🍺 beers 🍻 bell 🔔 bike 🚲 bird 🐦 birthday 🎂 blue_heart 💙 blush 😊 boat ⛵
bomb 💣 book 📖 books 📚 boom 💥 bow 🙇 broken_heart 💔 bug 🐛 bulb 💡 cake 🍰
calendar 📅 camera 📷 cat 🐱 champagne 🍾 chart_with_upwards_trend 📈
checkered_flag 🏁 christmas_tree 🎄 clap 👏 clipboard 📋 cloud ☁️ coffee ☕
computer 💻 confetti_ball 🎊 confused 😕 construction 🚧 cookie 🍪 cool 🆒
crossed_fingers 🤞 crown 👑 cry 😢 dancer 💃 dart 🎯 disappointed 😞 dizzy 💫 dog 🐶
earth_africa 🌍 earth_americas 🌎 earth_asia 🌏 elephant 🐘 email 📧 envelope ✉️
exclamation ❗ exploding_head 🤯 eyes 👀 facepalm 🤦 fearful 😨 fire 🔥 fireworks 🎆
fish 🐟 flushed 😳 gear ⚙️ gem 💎 ghost 👻 gift 🎁 globe_with_meridians 🌐
green_heart 💚 grimacing 😬 grin 😁 grinning 😀 hammer 🔨 hammer_and_wrench 🛠️
heart ❤️ heart_eyes 😍 hearts ♥️ heavy_check_mark ✔️ heavy_exclamation_mark ❗
heavy_multiplication_x ✖️ hourglass ⌛ house 🏠 hugs 🤗 hushed 😯
information_source ℹ️ innocent 😇 joy 😂 key 🔑 keyboard ⌨️ kissing_heart 😘
laughing 😆 link 🔗 lock 🔒 loudspeaker 📢 mag 🔍 mailbox 📫 man_shrugging 🤷‍♂️
mega 📣 memo 📝 microphone 🎤 microscope 🔬 money_with_wings 💸 moneybag 💰 moon 🌔
mouse 🐭 movie_camera 🎥 muscle 💪 musical_note 🎵 nerd_face 🤓 neutral_face 😐
new 🆕 notes 🎶 ok 🆗 ok_hand 👌 open_mouth 😮 package 📦 panda_face 🐼
partying_face 🥳 pencil 📝 pencil2 ✏️ pensive 😔 penguin 🐧 phone ☎️ pizza 🍕
point_down 👇 point_left 👈 point_right 👉 point_up ☝️ poop 💩 pray 🙏
purple_heart 💜 pushpin 📌 question ❓ rabbit 🐰 rage 😡 rainbow 🌈 raised_hands 🙌
recycle ♻️ relaxed ☺️ relieved 😌 robot 🤖 rocket 🚀 rofl 🤣 rose 🌹
rotating_light 🚨 ruler 📏 runner 🏃 scream 😱 see_no_evil 🙈 seedling 🌱 ship 🚢
shrug 🤷 skull 💀 sleeping 😴 slightly_smiling_face 🙂 smile 😄 smiley 😃 smirk 😏
snail 🐌 snake 🐍 snowflake ❄️ snowman ⛄ sob 😭 sparkles ✨ sparkling_heart 💖
speech_balloon 💬 star ⭐ star2 🌟 stuck_out_tongue 😛
stuck_out_tongue_winking_eye 😜 sun_with_face 🌞 sunflower 🌻 sunglasses 😎
sunny ☀️ sweat 😓 sweat_smile 😅 tada 🎉 telephone ☎️ telescope 🔭 thinking 🤔
thought_balloon 💭 thumbsdown 👎 thumbsup 👍 toolbox 🧰 train 🚆 tree 🌳 triumph 😤
trophy 🏆 tropical_fish 🐠 turtle 🐢 tv 📺 two_hearts 💕 umbrella ☔ unamused 😒
unicorn 🦄 unlock 🔓 upside_down_face 🙃 v ✌️ warning ⚠️ watch ⌚ wave 👋 whale 🐳
white_check_mark ✅ wink 😉 woman_shrugging 🤷‍♀️ worried 😟 wrench 🔧 x ❌
yellow_heart 💛 yum 😋 zap ⚡ zzz 💤
"""
_WORDS = _TABLE.split()
EMOJI = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))


class Emoji(InlineProcessor):
    """``:name:`` by itself; in times, addresses and code it is something else."""

    PATTERN = r"(?<![\w:/]):([a-z0-9_+-]{1,40}):(?![\w:/])"

    def handleMatch(  # type: ignore[override]  # noqa: N802  (the stubs know 2.x)
        self, m: re.Match[str], data: str
    ) -> tuple[Element | str | None, int | None, int | None]:
        """The sign itself; a name that is not known stays text."""
        sign = EMOJI.get(m[1])
        return (sign, m.start(), m.end()) if sign else (None, None, None)
