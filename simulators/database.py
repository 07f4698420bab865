"""Makes the simulator's database when it is missing."""

import psycopg2
from psycopg2 import sql

from simulators.environment import SettingProblem

MAINTENANCE_DATABASE = "postgres"


def ensure_database(description: dict) -> None:
    """Create the database that ``description`` (Django's form) names, unless it is there.

    Raises `SettingProblem` when the server cannot be reached or refuses.
    """
    name = description["NAME"]
    try:
        _connect(description, name).close()
        return
    except psycopg2.OperationalError as problem:
        reason = problem
    try:
        connection = _connect(description, MAINTENANCE_DATABASE)
    except psycopg2.OperationalError:
        raise SettingProblem(f"SIMULATOR_DATABASE_URL cannot be used: {_one_line(reason)}") from reason
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg2.errors.DuplicateDatabase:
        raise SettingProblem(f"SIMULATOR_DATABASE_URL cannot be used: {_one_line(reason)}") from reason
    except psycopg2.Error as problem:
        raise SettingProblem(f"The simulator cannot make its database {name}: {_one_line(problem)}") from problem
    finally:
        connection.close()


def _connect(description: dict, name: str):
    return psycopg2.connect(
        dbname=name,
        user=description["USER"] or None,
        password=description["PASSWORD"] or None,
        host=description["HOST"] or None,
        port=description["PORT"] or None,
    )


def _one_line(problem: Exception) -> str:
    return " ".join(str(problem).split())
