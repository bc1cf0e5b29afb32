import django.db.models.deletion
from django.db import migrations, models

ACTIONS = [
    ("send", "Send to accounting"),
    ("retrieve", "Retrieve"),
    ("accept", "Accept"),
    ("accept_first", "Accept, first of two"),
    ("undo", "Take back"),
    ("reject", "Reject"),
    ("confirm", "Confirm"),
    ("fail", "Fail"),
    ("retry", "Try again"),
    ("link", "Link"),
    ("unlink", "Unlink"),
    ("remark", "Remark"),
    ("comment", "Comment"),
]


class Migration(migrations.Migration):
    dependencies = [("acceptance", "0022_amounts_of_a_policy")]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="first_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.membership",
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="first_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="submission",
            name="first_choices",
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="submission",
            name="first_posting",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("decision", ""), ("first_by__isnull", False)),
                fields=["first_by", "item"],
                name="submissions_accepted_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision", "accepted"), ("first_by", models.F("decided_by")), _negated=True),
                name="two_approvers_are_two_people",
            ),
        ),
        migrations.AlterField(
            model_name="event", name="action", field=models.CharField(choices=ACTIONS, max_length=20)
        ),
        migrations.AlterField(model_name="turn", name="action", field=models.CharField(choices=ACTIONS, max_length=20)),
    ]
