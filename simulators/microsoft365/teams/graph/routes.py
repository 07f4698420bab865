"""Every call of Teams that is simulated: method, path, who may, what it counts as."""

from simulators.microsoft365.graph.routing import Route
from simulators.microsoft365.teams.graph import (
    changing,
    channels,
    chats,
    creating,
    hosted,
    messages,
    migrating,
    threads,
)
from simulators.microsoft365.teams.graph import permissions as may
from simulators.microsoft365.throttle.prices import OUTLOOK, SHAREPOINT, TEAMS, Price

_TEAM, _LIST = Price(TEAMS, 1, kind="team"), Price(TEAMS, 1, kind="lists")
_MESSAGES, _ALL_MESSAGES = Price(TEAMS, 1, kind="messages"), Price(TEAMS, 1, kind="all messages")
_MAILBOX = Price(OUTLOOK, 1)
_CHANNEL = "/teams/{team}/channels/{channel}"
_POST = f"{_CHANNEL}/messages/{{message}}"
_REPLY = f"{_POST}/replies/{{reply}}"
_LINES = (
    ("/teams/{team}/members", channels.team_member_list, may.READ_MEMBERS, _LIST),
    ("/teams/{team}/allChannels", channels.channel_list, may.READ_ALL_CHANNELS, _LIST),
    ("/teams/{team}/primaryChannel", channels.primary_channel, may.READ_PRIMARY_CHANNEL, _TEAM),
    ("/teams/{team}/installedApps", channels.installed_app_list, may.READ_APPS, _TEAM),
    ("/teams/{team}/channels", channels.channel_list, may.READ_CHANNELS, _LIST),
    ("/teams/{team}/channels/getAllMessages", messages.all_message_list, may.READ_ALL_MESSAGES, _ALL_MESSAGES),
    (_CHANNEL, channels.channel_detail, may.READ_CHANNELS, _TEAM),
    (f"{_CHANNEL}/members", channels.channel_member_list, may.READ_CHANNEL_MEMBERS, _LIST),
    (f"{_CHANNEL}/tabs", channels.tab_list, may.READ_TABS, _TEAM),
    (f"{_CHANNEL}/filesFolder", channels.files_folder, may.READ_FILES_FOLDER, Price(SHAREPOINT, 1)),
    (f"{_CHANNEL}/messages", messages.message_list, may.READ_MESSAGES, _MESSAGES),
    (f"{_CHANNEL}/messages/delta", messages.message_delta, may.READ_MESSAGES, _MESSAGES),
    (_POST, messages.message_detail, may.READ_MESSAGES, _MESSAGES),
    (f"{_POST}/hostedContents", hosted.hosted_list, may.READ_MESSAGES, _MESSAGES),
    (f"{_POST}/hostedContents/{{hosted}}", hosted.hosted_detail, may.READ_MESSAGES, _MESSAGES),
    (f"{_POST}/hostedContents/{{hosted}}/$value", hosted.hosted_value, may.READ_MESSAGES, _MESSAGES),
    (f"{_POST}/replies", messages.reply_list, may.READ_MESSAGES, _MESSAGES),
    (_REPLY, messages.reply_detail, may.READ_MESSAGES, _MESSAGES),
    (f"{_REPLY}/hostedContents", hosted.hosted_list, may.READ_MESSAGES, _MESSAGES),
    (f"{_REPLY}/hostedContents/{{hosted}}", hosted.hosted_detail, may.READ_MESSAGES, _MESSAGES),
    (f"{_REPLY}/hostedContents/{{hosted}}/$value", hosted.hosted_value, may.READ_MESSAGES, _MESSAGES),
    ("/groups/{group}/threads", threads.thread_list, may.READ_CONVERSATIONS, _MAILBOX),
    ("/groups/{group}/threads/{thread}", threads.thread_detail, may.READ_CONVERSATIONS, _MAILBOX),
    ("/groups/{group}/threads/{thread}/posts", threads.post_list, may.READ_CONVERSATIONS, _MAILBOX),
    ("/groups/{group}/threads/{thread}/posts/{post}", threads.post_detail, may.READ_CONVERSATIONS, _MAILBOX),
    ("/users/{user}/chats", chats.chat_list, may.LIST_CHATS, _MESSAGES),
    ("/users/{user}/chats/getAllMessages", chats.chat_message_list, may.READ_CHATS, _ALL_MESSAGES),
    ("/users/{user}/chats/getAllMessages/delta", chats.chat_message_delta, may.READ_CHATS, _ALL_MESSAGES),
)
# What a restore does.
_WRITING = (
    ("/teams", creating.team_create, may.CREATE_TEAM, _TEAM),
    ("/teams/{team}/channels", creating.channel_create, may.CREATE_CHANNEL, _TEAM),
    ("/teams/{team}/members", creating.team_member_create, may.ADD_MEMBER, _TEAM),
    ("/teams/{team}/installedApps", creating.installed_app_create, may.WRITE_APPS, _TEAM),
    ("/teams/{team}/completeMigration", migrating.team_migration_complete, may.MIGRATE, _TEAM),
    (f"{_CHANNEL}/members", creating.channel_member_create, may.ADD_CHANNEL_MEMBER, _TEAM),
    (f"{_CHANNEL}/tabs", creating.tab_create, may.WRITE_TABS, _TEAM),
    (f"{_CHANNEL}/startMigration", migrating.migration_start, may.MIGRATE, _TEAM),
    (f"{_CHANNEL}/completeMigration", migrating.migration_complete, may.MIGRATE, _TEAM),
    (f"{_CHANNEL}/messages", migrating.message_create, may.MIGRATE, _MESSAGES),
    (f"{_POST}/replies", migrating.reply_create, may.MIGRATE, _MESSAGES),
)
ROUTES = (
    *(Route("GET", *line) for line in _LINES),
    Route("GET", "/teams/{team}/operations/{operation}", creating.operation_detail, may.READ_OPERATION, _TEAM),
    *(Route("POST", *line) for line in _WRITING),
    Route("PATCH", "/teams/{team}", changing.team_update, may.UPDATE_TEAM, _TEAM),
    Route("PATCH", "/teams/{team}/members/{member}", changing.team_member_update, may.ADD_MEMBER, _TEAM),
    Route("DELETE", f"{_CHANNEL}/tabs/{{tab}}", changing.tab_delete, may.DELETE_TABS, _TEAM),
)
