"""The names of the operations on mailboxes."""

from simulators.microsoft365.outlook.mutations import habits, mail

OPERATIONS = {
    operation.__name__: operation
    for operation in (
        mail.receive_mail,
        mail.send_mail,
        mail.reply,
        mail.mark_read,
        mail.update_message,
        mail.move_message,
        mail.delete_message,
        mail.create_mail_folder,
        mail.rename_mail_folder,
        mail.move_mail_folder,
        mail.delete_mail_folder,
        mail.forget_cursors,
        habits.events_delta,
    )
}
