"""The names of the operations on teams and chats."""

from simulators.microsoft365.teams.mutations import channels, messages, threads

OPERATIONS = {
    operation.__name__: operation
    for operation in (
        channels.create_channel,
        channels.rename_channel,
        channels.delete_channel,
        channels.add_tab,
        channels.refuse_members,
        channels.protect_messages,
        channels.forget_team_cursors,
        messages.post_message,
        messages.reply_to_post,
        messages.edit_post,
        messages.delete_post,
        messages.react_to_post,
        messages.send_chat_message,
        threads.write_to_team,
        threads.delete_thread,
    )
}
