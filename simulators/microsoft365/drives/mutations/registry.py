"""The names of the operations on drives, lists and pages."""

from simulators.microsoft365.drives.mutations import files, lists, ransom, sharing

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
        lists.create_list_item,
        lists.update_list_item,
        lists.delete_list_item,
        lists.create_page,
        lists.edit_page,
        lists.delete_page,
        ransom.ransomware,
        sharing.share_item,
        sharing.unshare_item,
        sharing.forget_drive_cursors,
        sharing.limit_drive,
        sharing.enrich_uploads,
    )
}
