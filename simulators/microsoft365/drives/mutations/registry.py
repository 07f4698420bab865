"""The names of the operations on drives, lists and pages."""

from simulators.microsoft365.drives.mutations import files, sharing

OPERATIONS = {
    operation.__name__: operation
    for operation in (
        files.create_file,
        files.change_file,
        files.create_items_folder,
        files.rename_item,
        files.move_item,
        files.delete_item,
        files.restore_item,
        files.trouble_item,
        sharing.share_item,
        sharing.unshare_item,
        sharing.forget_drive_cursors,
        sharing.limit_drive,
    )
}
