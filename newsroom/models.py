from django.db import models


class Failure(models.Model):
    """An error of the site's own: what and where, how often and when. Nothing of the request but its route and its id."""

    what = models.CharField(max_length=120)
    where = models.CharField(max_length=200)
    route = models.CharField(max_length=200, blank=True)  # or the work of the worker
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    request_id = models.CharField(max_length=64)  # the last one's: the log has its lines

    class Meta:
        ordering = ["-last_at"]
        default_permissions = ("view",)  # who may see the page of the site's condition
        constraints = [models.UniqueConstraint(fields=["what", "where", "route"], name="one_row_a_failure")]
        indexes = [models.Index(fields=["-last_at"], name="failure_newest")]  # the page, and forgetting

    def __str__(self):
        return f"{self.what} in {self.where}"
