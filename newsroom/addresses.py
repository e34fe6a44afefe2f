"""Where a request comes from, and for whom an address of ours is."""

from django.conf import settings

METHODS = ["GET", "HEAD", "POST", "OPTIONS"]  # no page of ours has another


def client_address(request):
    """Return the address that the outermost of our own proxies saw; without proxies, that of the connection."""
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(hops) >= settings.TRUSTED_PROXIES:
            return hops[-settings.TRUSTED_PROXIES]
    return request.META.get("REMOTE_ADDR", "")


def is_for_admin(path):
    return path.startswith(f"/{settings.ADMIN_PATH}/")


def is_for_staff(path):
    """Whether an address is of the desk."""
    return is_for_admin(path) or path.startswith(("/moderation/", "/preview/"))


# files, what is somebody's own, and what is asked how the site is
_FOR_EACH = ("/static/", "/media/", "/account/", "/comments/", "/healthz", "/readyz", "/metrics")


def is_for_each(path):
    """Whether what stands at an address is made for each who asks, and kept for nobody else."""
    return path.startswith(_FOR_EACH) or path.endswith("/comments/new/") or is_for_staff(path)
