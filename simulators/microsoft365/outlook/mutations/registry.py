"""The names of the operations on mailboxes."""

from simulators.microsoft365.outlook.mutations import calendar, contacts, habits, mail

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
        mail.ransomware,
        calendar.create_event,
        calendar.update_event,
        calendar.delete_event,
        calendar.move_event,
        calendar.create_calendar,
        calendar.rename_calendar,
        calendar.delete_calendar,
        contacts.create_contact,
        contacts.update_contact,
        contacts.change_photo,
        contacts.move_contact,
        contacts.delete_contact,
        contacts.create_contact_folder,
        contacts.rename_contact_folder,
        contacts.delete_contact_folder,
        habits.events_delta,
    )
}
