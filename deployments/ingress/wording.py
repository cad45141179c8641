"""The sentences of the source services' routes, and ours beside them."""

INTERNAL = "Internal server error"

# /greeting, /readPlateNumber, /idToNum, /idToNumBatch
INVALID_FORMAT = "Invalid request format"
RESOURCE_NOT_FOUND = "Resource not found"

# /api/license_plate/recognize, /api/face/register, /api/face/recognize
IMAGE_EMPTY = "[image] field can not empty"
IMAGES_EMPTY = "[images] field can not empty"
USER_ID_NOT_INTEGER = "[user_id] must be an integer"
USER_ID_TWICE = "[user_id] must be given once"
USER_NOT_FOUND = "user not found"
READ_ERROR = "read image error"
NO_PLATE = "can not detect license plate from image"
PLATE_UNREADABLE = "can not recognize license plate from image"
NO_FACE = "can not detect face from image"

# /v1
DRIVER_NOT_FOUND = "there is no such driver, GET /v1/drivers lists those that are enrolled"
NO_SUCH_ID = "there is nothing of this id: ids are whole numbers from 1"

BUSY = "the service is busy, try again shortly"


def invalid_file(name: str) -> str:
    """A file that is neither PNG nor JPEG."""
    return f"invalid image file: {name}, only accept ('.png', '.jpg', '.jpeg') file"


def too_few_images(min_images: int) -> str:
    """A registration of a new driver with too few files."""
    return f"register new face with at least {min_images} images"


def too_many_images(max_images: int) -> str:
    """A registration with too many files."""
    return f"send at most {max_images} images at once"


def too_many_files(field: str, max_files: int) -> str:
    """A form with more files than a route of one picture reads."""
    return f"send one image in the field [{field}], the form has more than {max_files} files"


def bad_form(detail: str) -> str:
    """A multipart form that cannot be parsed.

    Args:
        detail: The parser's own sentence.
    """
    reason = detail.rstrip(".")
    return f"the form cannot be read ({reason}), send multipart/form-data with one part per file"


def body_too_large(max_bytes: int) -> str:
    """A body over the limit."""
    return f"the request body is larger than {max_bytes} bytes, send a smaller picture"


def file_too_large(max_bytes: int) -> str:
    """An imported file over the limit."""
    return f"the file is larger than {max_bytes} bytes, raise limits.max_import_bytes"


TOO_SLOW = "the request body arrives too slowly, send it faster or less of it"


def too_late(timeout_s: float) -> str:
    """A request that was given up."""
    return f"there was no answer in {timeout_s:g} s, try again later"


def printable(text: str) -> str:
    """Replaces every lone surrogate by U+FFFD: such text cannot be sent as UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
