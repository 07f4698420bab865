"""The vault: where every byte is kept, sealed, found again and never lost.

What lives here: packs, keys, commits, the catalogue, reading, collecting, erasing, checking. What lives elsewhere: who
owns what (`organizations`), what is copied when (`backups.engine`), the rows themselves (`backups.models.vault_*`).
The vault knows an organization as an id, an account (somebody's mail, a site's files) as an opaque text, and an object
by its account and its id at the source. It imports nothing of the rooms beside and above it.

Words
  blob       a piece of content, at most 16 MiB, named by a keyed hash of its plain bytes; kept once an organization
  recipe     how the bytes of one version are put together from blobs
  pack       16 MiB of sealed blobs under a random key of their own; its name is the SHA-256 of its content
  slip       the wrapped keys of a few packs; the one sort of object that can be deleted at once, so that a key can die
  manifest   what one commit says about the objects of one account, kept as a blob
  commit     a signed, chained object that names packs, slips and manifests; the catalogue decides which one counts
  version    one saved state of an object, valid from one commit until another
  catalogue  PostgreSQL's rows about all of this; can be rebuilt from the store and the root key
  store      a folder or bucket behind five methods
  master     the organization's key of one epoch: wraps the keys of packs, is wrapped by the root key
  identity   the organization's secret that never changes: names of blobs, chunk borders, the seal of commits

Ways in
  vault.create_vault, vault.open_vault   a vault of one organization, from a store and a root key
  writer.Writer                          one job's writing: put, delete, cursor, commit
  reading.Reader                         a version or a range of it as a stream, verified
  retention.retain, collecting.collect   forgetting what a policy does not keep; freeing what no version needs
  erasing, erased_organizations          erasing objects, an account, an organization, for good
  tombstones.reapply_everywhere          erasing again, after the database came back from an older copy
  catalogue, lookups                     SQL that writes and SQL that asks
  stores.open.open_store                 a store by its address

No Django is imported by: errors, faults, layout, ids, root_keys, keys, sealing, codec, mime, chunking, varints, recipe,
pack, slips, manifest, commits, intake, streams, reading and the stores. The format is in docs/vault-format.md.
"""
